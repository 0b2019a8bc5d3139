import { studentQuantile } from '@main/insight/student';
import type { Head, Score } from '@shared/domain';
import { chosenMode, lineOf, mean, seedsOf } from './found';
import type { Found } from './found';
import { nameOf, setName, setOf, stage } from './plan';
import type { SetName, Unit } from './plan';

/** A figure with its uncertainty, over seeds. */
export interface Reached {
  readonly value: number;
  /** Half of Student's 95 % interval over seeds; null of one seed. */
  readonly overSeeds: number | null;
  /** 95 %, from the draw of samples and from seeds together; null where the samples' own interval is not known. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/**
 * Mean over seeds. Each side's distance to the mean is the root of two squares: that of the mean bound of the seeds' own intervals (the draw of
 * samples) and that of the seeds' interval (MOVER; Zou and Donner 2008).
 */
export function reached(scores: readonly Score[]): Reached | null {
  const values = scores.flatMap(({ auc }) => auc ?? []);
  if (values.length === 0) return null;
  const value = mean(values);
  const n = values.length;
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - value) ** 2, 0) / (n - 1));
  const overSeeds = n > 1 ? (studentQuantile(0.975, n - 1) * deviation) / Math.sqrt(n) : null;
  const bounds = scores.flatMap(({ intervals }) => {
    const { low, high } = intervals?.auc ?? { low: null, high: null };
    return low === null || high === null ? [] : [{ low, high }];
  });
  if (bounds.length < n) return { value, overSeeds, interval: null };
  const side = (bound: number): number => Math.hypot(value - bound, overSeeds ?? 0);
  const low = Math.max(0, value - side(mean(bounds.map((b) => b.low))));
  const high = Math.min(1, value + side(mean(bounds.map((b) => b.high))));
  return { value, overSeeds, interval: { low, high } };
}

/** Where a mark lies beside a figure. */
export function against(mark: number, { value, interval }: Reached): string {
  if (!interval) return value > mark ? 'higher; no interval' : 'not higher; no interval';
  if (interval.low > mark) return 'above';
  return interval.high < mark ? 'below' : 'not distinguishable';
}

/** A Markdown table for each set that has any result. */
export function report(all: readonly Found[]): string {
  const parts = setName.options
    .filter((set) => all.some(({ unit }) => unit.set === set))
    .map((set) => section(all, set));
  return parts.length > 0 ? parts.join('\n\n') : 'nothing was trained yet';
}

function section(all: readonly Found[], set: SetName): string {
  const { paper, medmnist, splits } = setOf(set);
  const chosen = chosenMode(all, set);
  const rows = headsOf(all, set).map(({ name, units, head }) => {
    const of = (what: Found['what'], split: 'val' | 'test'): Reached | null =>
      reached(units.flatMap((u) => lineOf(all, what, u)?.scores[head]?.[split] ?? []));
    const [val, test] = [of('trained', 'val'), of('scored', 'test')];
    return [
      name,
      String(units.length),
      words(val, false),
      words(test, true),
      test ? against(paper, test) : '–',
      test ? against(medmnist, test) : '–',
      head === 'chosen' ? differences(all, units) : '–',
    ];
  });
  const headings = [
    '',
    'seeds',
    'validation AUC',
    'test AUC',
    `paper ${paper}`,
    `MedMNIST's best ${medmnist}`,
    'over `plain`, test',
  ];
  return [
    `### ${set} (${splits} split)`,
    '',
    markdown(headings, rows),
    '',
    chosen === null ? 'Not all modes have been trained yet.' : `Validation chose \`${chosen}\`.`,
  ].join('\n');
}

interface Row {
  readonly name: string;
  readonly units: readonly Unit[];
  readonly head: Head;
}

/** The rows of a set: probe and `plain` once a seed, since each run of `quick` has the same ones; then what was chosen, stage by stage. */
function headsOf(all: readonly Found[], set: SetName): Row[] {
  const units = all.filter(({ what, unit }) => what === 'trained' && unit.set === set).map(({ unit }) => unit);
  const quick = units.filter(({ stage: of }) => of === 'quick');
  const once = seedsOf(all, set, 'quick').flatMap((seed) => quick.find((u) => u.seed === seed) ?? []);
  const kinds = stage.options.flatMap((of) => [
    ...new Set(units.filter((u) => u.stage === of).map((u) => nameOf({ ...u, seed: NaN }))),
  ]);
  return [
    ...(once.length > 0
      ? ([
          { name: 'probe', units: once, head: 'probe' },
          { name: 'quick `plain`', units: once, head: 'plain' },
        ] as const)
      : []),
    ...kinds.map((kind): Row => {
      const of = units.filter((u) => nameOf({ ...u, seed: NaN }) === kind);
      const { stage: at, mode, core } = of[0]!;
      return { name: `${at} \`${mode}\`${mode === 'plain' ? '' : ` + ${core}`}`, units: of, head: 'chosen' };
    }),
  ];
}

/** How far the chosen head is over `plain` of the same run: the mean over seeds, and each seed's paired interval where it leaves out 0. */
function differences(all: readonly Found[], units: readonly Unit[]): string {
  const of = units.flatMap((u) => lineOf(all, 'scored', u)?.overPlain ?? []);
  const values = of.flatMap(({ value }) => value ?? []);
  if (values.length === 0) return '–';
  const clear = of.filter(({ low, high }) => (low ?? -1) > 0 || (high ?? 1) < 0).length;
  return `${signed(mean(values))}, clear in ${clear} of ${of.length}`;
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${short(Math.abs(value))}`;
const short = (value: number): string => value.toFixed(3).replace(/^0/, '');

function words(figure: Reached | null, whole: boolean): string {
  if (!figure) return '–';
  const { value, overSeeds, interval } = figure;
  const seeds = overSeeds === null ? '' : ` ± ${short(overSeeds)}`;
  return `${short(value)}${seeds}${whole && interval ? ` [${short(interval.low)}, ${short(interval.high)}]` : ''}`;
}

const markdown = (headings: readonly string[], rows: readonly (readonly string[])[]): string =>
  [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
