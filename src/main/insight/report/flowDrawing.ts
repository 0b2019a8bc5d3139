import type { ReportFacts } from './facts';
import { countOf, LEFT_OUT } from './tables';
import type { Words } from './en';

const [LINE, PAD, WIDTH, GAP, SIDE] = [17, 9, 330, 22, 348] as const;
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** One box: its place and the lines inside. */
function box(
  x: number,
  y: number,
  width: number,
  lines: readonly string[],
  bold = true,
): { svg: string; height: number } {
  const height = 2 * PAD + LINE * lines.length;
  const words = lines.map(
    (line, i) =>
      `<text x="${x + PAD}" y="${y + PAD + LINE * i + 13}"${bold && i === 0 ? ' font-weight="600"' : ''}>${escaped(line)}</text>`,
  );
  return {
    svg: `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="4" fill="#fff" stroke="#565d66"/>${words.join('')}`,
    height,
  };
}
const arrow = (x1: number, y1: number, x2: number, y2: number): string =>
  `<path d="M${x1} ${y1}L${x2} ${y2}" stroke="#565d66" marker-end="url(#tip)"/>`;

/** The flow of samples as CONSORT draws it: down what goes on, to the right what is left out, at the end the splits. */
export function flowDrawing(facts: ReportFacts, words: Words): string {
  const { flow, quarantined, project } = facts;
  const lost = quarantined.reduce((sum, q) => sum + q.files, 0);
  const counted = (name: string, n: number): string => `${name}: n = ${n}`;
  const left = (reason: (typeof LEFT_OUT)[number]): number => countOf(flow, (row) => row.leftOut === reason);
  const out = LEFT_OUT.filter((reason) => left(reason) > 0).map((reason) => counted(words.steps[reason], left(reason)));
  const taking = (split: string | null): number => countOf(flow, (row) => row.leftOut === null && row.split === split);

  const parts: string[] = [];
  let y = 12;
  const x = 12;
  const middle = x + WIDTH / 2;
  const step = (lines: string[], beside: string[]): void => {
    const main = box(x, y, WIDTH, lines);
    parts.push(main.svg);
    const top = y + main.height;
    const aside = beside.length > 0 ? box(x + WIDTH + 40, top + GAP / 2, SIDE, beside, false) : null;
    const next = top + GAP + (aside ? aside.height : 0);
    if (aside) {
      const at = top + GAP / 2 + aside.height / 2;
      parts.push(aside.svg, arrow(middle, at, x + WIDTH + 40, at));
    }
    parts.push(arrow(middle, top, middle, next));
    y = next;
  };
  step([counted(words.steps.found, project.samples + lost)], lost > 0 ? [counted(words.steps.quarantined, lost)] : []);
  step([counted(words.steps.read, project.samples), counted(words.columns.groups, project.groups)], out);
  const all = box(x, y, WIDTH, [counted(words.steps.takesPart, taking('train') + taking('val') + taking('test'))]);
  parts.push(all.svg);
  const from = y + all.height;
  y = from + 2 * GAP;
  const third = 226;
  let deepest = 0;
  (['train', 'val', 'test'] as const).forEach((split, i) => {
    const classes = [...facts.scheme.classes]
      .sort((a, b) => a.order - b.order)
      .map(
        (c) => [c.name, countOf(flow, (r) => r.leftOut === null && r.split === split && r.label === c.name)] as const,
      )
      .map(([name, n]) => counted(name.length > 22 ? `${name.slice(0, 21)}…` : name, n));
    const at = x + i * (third + 20);
    const shown = facts.scheme.kind === 'single' || facts.scheme.kind === 'ordered' ? classes : [];
    const part = box(at, y, third, [counted(words.splits[split], taking(split)), ...shown]);
    parts.push(part.svg, arrow(middle, from, at + third / 2, y));
    deepest = Math.max(deepest, part.height);
  });
  const [width, height] = [x + 3 * third + 40 + 12, y + deepest + 12];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#1a1d21">`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#565d66"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}
