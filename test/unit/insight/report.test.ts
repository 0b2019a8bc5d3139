import { beforeAll, describe, expect, it } from 'vitest';
import { figuresOf } from '@main/insight';
import { reportFiles } from '@main/insight/report';
import type { FlowRow, ReportFacts, ReportFile } from '@main/insight/report';
import { seededRandom } from '@main/insight/random';
import { CLASS_COLOURS } from '@shared/domain';

const NAMES = ['malignant', 'normal | benign'];
const N = 80;

const flow: FlowRow[] = [
  { split: 'train', leftOut: null, reason: null, label: NAMES[0]!, samples: 30 },
  { split: 'train', leftOut: null, reason: null, label: NAMES[1]!, samples: 40 },
  { split: 'val', leftOut: null, reason: null, label: NAMES[1]!, samples: 10 },
  { split: 'train', leftOut: 'excluded', reason: 'motion <blur>', label: NAMES[1]!, samples: 2 },
  { split: 'train', leftOut: 'excluded', reason: 'wrong region', label: NAMES[0]!, samples: 1 },
  { split: 'test', leftOut: 'unsure', reason: null, label: NAMES[0]!, samples: 3 },
  { split: null, leftOut: 'leak', reason: null, label: NAMES[0]!, samples: 4 },
];

function facts(): ReportFacts {
  const random = seededRandom(3);
  const labels = Array.from({ length: N }, (_, i) => i % 2);
  const probabilities = Float64Array.from({ length: 2 * N });
  labels.forEach((label, i) => {
    const p = Math.min(1, Math.max(0, 0.5 + (label ? 0.2 : -0.2) + (random() - 0.5) * 0.8));
    probabilities.set([1 - p, p], 2 * i);
  });
  const figures = figuresOf({
    run: null,
    head: 'probe',
    scope: 'oof',
    classIds: [0, 1],
    ordered: false,
    positive: 0,
    rule: { kind: 'argmax' },
    labels,
    states: labels.map(() => 'labelled' as const),
    leaks: labels.map(() => 0),
    groups: labels.map((_, i) => i),
    probabilities,
    timesScored: 0,
  });
  return {
    project: {
      name: 'Breast',
      dimensions: '2d',
      samples: 90,
      groups: 85,
      flips: false,
      input: {
        imageSize: 84,
        resize: 'bicubic-antialias',
        letterbox: true,
        normalise: 'imagenet',
        fullScale: 255,
        axes: 'image',
      },
      sources: [{ kind: 'npz', sha256: 'ab'.repeat(32) }],
    },
    scheme: {
      id: 'scheme',
      version: 2,
      kind: 'single',
      positive: 0,
      retired: [],
      merged: {},
      split: {},
      classes: NAMES.map((name, id) => ({
        id,
        name,
        short: name.slice(0, 6),
        colour: CLASS_COLOURS[id]!,
        key: `Digit${id + 1}`,
        order: id,
      })),
    },
    rule: { kind: 'argmax' },
    quarantined: [{ reason: 'not an image', files: 5 }],
    questions: [],
    duplicates: { exact: 1, near: 103, withDifferentLabels: 4, testLeaks: 28, joined: 104, likeness: '.990' },
    flow,
    splits: {
      version: 1,
      policy: 'official',
      seed: 1,
      createdAt: '2026-01-02T03:04:05.000Z',
      counts: { train: 73, val: 10, test: 3 },
      leftOutAsLeak: 4,
      patientsKnown: false,
      testLeaks: 28,
      patientLeaks: 0,
      nearLookedFor: true,
      stratified: true,
    },
    labels: {
      states: [{ state: 'labelled', samples: 90 }],
      readers: [
        { reader: null, samples: 88 },
        { reader: 'Reader A', samples: 2 },
      ],
      origins: [
        { origin: 'imported', events: 90, standing: 88 },
        { origin: 'read', events: 2, standing: 2 },
      ],
      onScreen: { prediction: 1, none: 0, hidden: 1 },
      corrected: [{ from: NAMES[1]!, to: NAMES[0]!, samples: 2 }],
      brought: 90,
      position: 92,
      hash: 'cd'.repeat(32),
    },
    run: null,
    runs: [],
    head: 'probe',
    figures: [{ head: 'probe', scope: 'oof', labels: 'now', figures }],
    noFigures: null,
    scorings: [],
    rereads: { readings: 0, rounds: [] },
    app: { residua: '0.1.0', node: '20.0.0' },
  };
}

const textOf = (files: readonly ReportFile[], path: string): string => {
  const file = files.find((f) => f.path === path);
  if (!file || !('text' in file)) throw new Error(`no text ${path}`);
  return file.text;
};
const rowsOf = (files: readonly ReportFile[], path: string) => {
  const file = files.find((f) => f.path === path);
  if (!file || !('table' in file)) throw new Error(`no table ${path}`);
  return file.table.rows;
};
/** Cells of the row of a Markdown table that begins with a text. */
const row = (text: string, first: string): string[] =>
  text
    .split('\n')
    .find((line) => line.startsWith(`| ${first} |`))!
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

describe('a report', () => {
  let files: ReportFile[];
  let text: string;
  beforeAll(() => {
    files = reportFiles(facts(), 'en', '2026-11-27');
    text = textOf(files, 'methods.md');
  });

  it('counts every step: what is found is put aside, left out with a reason, or takes part', () => {
    expect(row(text, 'Found').at(-1)).toBe('95');
    expect(row(text, 'Quarantined (could not be read)').at(-1)).toBe('5');
    expect(row(text, 'Read')).toEqual(['Read', '73', '10', '3', '4', '90']);
    expect(row(text, 'Left out: excluded')).toEqual(['Left out: excluded', '3', '0', '0', '0', '3']);
    expect(row(text, 'Take part')).toEqual(['Take part', '70', '10', '0', '0', '80']);
    expect(row(text, 'motion \\<blur\\>').at(-1)).toBe('2');
    expect(row(text, 'not an image').at(-1)).toBe('5');
    expect(row(text.slice(text.indexOf('by class')), 'malignant')).toEqual(['malignant', '30', '0', '0', '0', '30']);
  });

  it('says of splits, labels and scorings what a reviewer asks', () => {
    expect(text).toContain('28 test samples have a twin in train or validation. 4 samples were left out');
    expect(text).toContain('2 of 90 labels that came with the data say something else now.');
    expect(row(text, 'Reader A')).toEqual(['Reader A', '2']);
    expect(text).toContain("1 were read with the model's prediction on screen, 1 with the model hidden");
    expect(text).toContain('The test split was never scored');
    expect(text).toContain('For research, not for diagnosis');
  });

  it('gives each figure with the interval that the Check page shows', () => {
    const { figures } = facts().figures[0]!;
    const { value, low, high, method } = figures.auc;
    expect(method).toBe('delong');
    expect(text).toContain(`${value!.toFixed(3)} [${low!.toFixed(3)}, ${high!.toFixed(3)}]`);
    const auc = rowsOf(files, 'figures/metrics.csv').find((r) => r['metric'] === 'auc');
    expect(auc).toMatchObject({ head: 'probe', set: 'oof', labels: 'now', samples: N, value, low, high });
    const cells = rowsOf(files, 'figures/confusion-oof.csv').flatMap((r) => NAMES.map((name) => r[name] as number));
    expect(cells).toEqual(figures.confusion.flat());
    expect(rowsOf(files, 'figures/roc-oof.csv')).toHaveLength(figures.roc[0]!.points.length);
  });

  it('draws SVG that stands alone: no script, nothing from elsewhere, names as text', () => {
    const drawings = files.filter((f) => f.path.endsWith('.svg'));
    expect(drawings.map((f) => f.path).sort()).toEqual(
      ['confusion-oof', 'counts', 'flow', 'reliability-oof', 'roc-oof'].map((name) => `figures/${name}.svg`),
    );
    for (const file of drawings) {
      const svg = textOf(files, file.path);
      expect(svg.startsWith('<svg '), file.path).toBe(true);
      expect(svg).not.toMatch(/<script|href=|undefined|NaN/);
      expect(svg.length).toBeGreaterThan(1000);
    }
    expect(textOf(files, 'figures/flow.svg')).toContain('n = 95');
    expect(textOf(files, 'figures/confusion-oof.svg')).toContain(`>${facts().figures[0]!.figures.confusion[0]![0]}<`);
    expect(textOf(files, 'figures/roc-oof.svg')).toContain('1 − specificity');
  });

  it('is the same for the same project, but for the line with the date', () => {
    const later = reportFiles(facts(), 'en', '2027-01-01');
    expect(later.slice(1)).toEqual(files.slice(1));
    const [before, after] = [files, later].map((f) => textOf(f, 'methods.md').split('\n'));
    const different = before!.filter((line, i) => line !== after![i]);
    expect(different).toEqual(['Written on 2026-11-27.']);
  });

  it('says the same in Chinese: equal tables and numbers', () => {
    const chinese = reportFiles(facts(), 'zh-CN', '2026-11-27');
    expect(chinese.map((f) => f.path)).toEqual(files.map((f) => f.path));
    expect(chinese.filter((f) => 'table' in f)).toEqual(files.filter((f) => 'table' in f));
    const said = textOf(chinese, 'methods.md');
    expect(said).toContain('仅供研究，不得用于诊断');
    const numbers = (words: string): string[] => (words.match(/\d+\.\d{3}/g) ?? []).sort();
    expect(numbers(said)).toEqual(numbers(text));
    expect(textOf(chinese, 'figures/flow.svg')).toContain('纳入: n = 80');
  });

  it('sets test figures on original and re-read labels side by side, with what the rounds came to', () => {
    const [reported] = facts().figures;
    const test = { ...reported!, scope: 'test' as const, figures: { ...reported!.figures, scope: 'test' as const } };
    const other = { ...test.figures, samples: 78 };
    const rounds = [
      { number: 1, reader: 'Reader B', startedAt: '2026-02-03T04:05:06.000Z', samples: 80, read: 80 },
      { number: 2, reader: 'Reader C', startedAt: '2026-02-04T04:05:06.000Z', samples: 80, read: 3 },
    ];
    const both = reportFiles(
      {
        ...facts(),
        figures: [
          { ...test, labels: 'original' },
          { ...test, labels: 'now', figures: other },
        ],
        scorings: [{ time: '2026-02-01T00:00:00.000Z', run: '0001-quick', reader: 'Reader A', splitVersion: 1 }],
        rereads: {
          readings: 83,
          rounds: [
            {
              ...rounds[0]!,
              outcome: {
                same: 70,
                changed: 8,
                withdrawn: 2,
                agreement: [
                  {
                    question: null,
                    samples: 78,
                    kappa: { value: 0.75, low: 0.6, high: 0.86, method: 'bootstrap' },
                    quadraticKappa: null,
                    meanAbsoluteError: null,
                  },
                ],
              },
            },
            { ...rounds[1]!, outcome: null },
          ],
        },
      },
      'en',
      '2026-11-27',
    );
    const said = textOf(both, 'methods.md');
    expect(said).toMatch(/\| *\| probe [^|]*; original \| probe [^|]*; re-read \|/);
    expect(row(said, 'n')).toEqual(['n', '80', '78']);
    expect(said).toContain('| 1 | Reader B | 2026-02-03 | 80 | 80 | 70 | 8 | 2 |');
    expect(said).toMatch(/\| 1 \| 78 \| 0?\.75/);
    expect(said).toContain('| 2 | Reader C | 2026-02-04 | 80 | 3 | – | – | – |');
    expect(both.map((f) => f.path)).toEqual(
      expect.arrayContaining(['figures/roc-test.csv', 'figures/roc-test-original.csv']),
    );
  });

  it('says why there are no figures where there are none', () => {
    const none = reportFiles({ ...facts(), figures: [], noFigures: 'too few labels' }, 'en', '2026-11-27');
    expect(textOf(none, 'methods.md')).toContain('No figures: too few labels.');
    expect(none.some((f) => f.path.includes('roc'))).toBe(false);
  });
});
