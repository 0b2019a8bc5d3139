import { rm } from 'node:fs/promises';
import { answersOf, classOf } from '@shared/domain';
import type {
  DuplicatePair,
  GrowthResult,
  GrowthReview,
  LabelAnswers,
  LabelChanges,
  LabelDifference,
  LabelScheme,
  LabelValue,
} from '@shared/domain';
import { canonicalAnswers } from '@shared/scheme';
import { metadataValue } from '../../metadata';
import type { Project } from '../../project';
import { SPLIT_CODES, type NewMetadata, type NewSample, type ProjectGrowth, type ProjectSource } from '../../types';
import type { DraftMaterial } from '../draft';
import { joinGroups } from '../groups';
import { countTestLeaks, isJoined } from '../judge';
import { bringGrowth } from './cache';
import { classesFor } from './classes';
import type { Match } from './match';
import { growSplits, type GrownSplits } from './splits';

const LISTED = 1000;
const listed = <T>(list: readonly T[]): { count: number; first: T[] } => ({
  count: list.length,
  first: list.slice(0, LISTED),
});

interface Difference extends LabelDifference {
  readonly key: number;
  readonly value: NonNullable<LabelValue>;
  readonly reader: string | null;
}

/** What a second import would add to a project. Nothing is written before `commit`. */
export class GrowthDraft {
  readonly importId: string;
  /** Samples of the draft that the project does not have, in order. */
  private readonly fresh: readonly number[];
  private readonly size: number;
  /** Class id of the project by the draft's number of a class. */
  private readonly classIds: readonly number[];
  private readonly scheme: LabelScheme | null;
  private readonly differences: readonly Difference[];
  private readonly pairs: readonly DuplicatePair[];
  private readonly grown: { group: Int32Array; groups: number; splits: GrownSplits } | null;
  private readonly keyOf: (draft: number) => number;

  /** @param others keys of the project's samples that are not in the draft: the duplicates' numbers behind the draft's */
  constructor(
    private readonly material: DraftMaterial,
    private readonly project: Project,
    private readonly match: Match,
    others: readonly number[],
  ) {
    const { collector } = material;
    this.importId = material.importId;
    this.size = project.index.size;
    this.fresh = Array.from(match.keys, (_, i) => i).filter((i) => match.keys[i]! < 0);
    const rank = new Map(this.fresh.map((i, n) => [i, this.size + n]));
    this.keyOf = (i) => (i >= collector.count ? others[i - collector.count]! : (rank.get(i) ?? match.keys[i]!));
    ({ ids: this.classIds, scheme: this.scheme } = classesFor(material, project));
    this.differences = this.compareLabels();
    this.pairs = this.newPairs();
    this.grown = this.fresh.length === 0 ? null : this.growGroups();
  }

  isFor(project: Project): boolean {
    return project === this.project;
  }

  review(): GrowthReview {
    const { material, match, project, fresh, grown } = this;
    const idOf = (key: number): string => project.index.id(key);
    return {
      importId: this.importId,
      project: project.dir,
      added: fresh.length,
      known: material.collector.count - fresh.length,
      unlabelled: fresh.filter((i) => this.labelOf(i) === null).length,
      removed: listed(match.removed.map(idOf)),
      changedPixels: listed(match.changed.map(idOf)),
      differences: listed(this.differences.map(said)),
      writes: {
        untouched: this.written('untouched').length,
        all: this.written('all').length,
        none: 0,
      },
      newClasses: this.scheme ? this.scheme.classes.slice(project.scheme.classes.length).map((c) => c.name) : [],
      splits: grown?.splits.how ?? { withGroup: 0, brought: 0, drawn: 0, none: 0 },
      duplicates: {
        exact: this.pairs.filter((p) => p.exact).length,
        near: this.pairs.filter((p) => !p.exact).length,
      },
      voidsScorings: grown ? project.testScored().times : 0,
      quarantined: [...material.quarantined],
      table: material.table,
    };
  }

  /**
   * Writes it. The project has to be opened anew afterwards.
   * @throws UserError `disk-full`, `value-invalid`
   */
  async commit(changes: LabelChanges): Promise<Omit<GrowthResult, 'splitVersion'>> {
    const { material, match, project, fresh, grown } = this;
    const sources = this.sources();
    const places = await bringGrowth(material, project.cacheDir, fresh, sources.batch);
    const written = this.written(changes);
    const samples = fresh.map((i, n): NewSample => this.newSample(i, n, places));
    const before = project.splitMaterial().pairs;
    const joined = [...before, ...this.pairs].map((p, n) =>
      n < before.length ? before[n]!.joined : isJoined(p, undefined),
    );
    const duplicates = this.duplicates(grown?.splits.splits ?? this.splitsBefore());
    const growth: ProjectGrowth = {
      samples,
      sources: sources.all,
      quarantined: material.quarantined,
      pairs: this.pairs.map((pair) => ({ ...pair, joined: isJoined(pair, undefined) })),
      duplicates,
      metadata: this.metadata(),
      splits: grown && {
        policy: project.splits.policy,
        seed: project.splits.seed,
        patientsKnown: project.splits.patientsKnown || samples.some((s) => s.patient != null),
        testLeaks: duplicates.testLeaks,
        nearLookedFor: project.splits.nearLookedFor && material.duplicates.nearLookedFor,
        stratified: project.splits.stratified,
        groups: Uint32Array.from(grown.group),
        split: grown.splits.splits,
        leak: grown.splits.leak,
        joined,
      },
      scheme: this.scheme,
      relabelled: written.map(({ key, value, reader }) => ({ key, value, reader })),
    };
    project.grow(growth);
    const splits = grown?.splits.splits ?? this.splitsBefore();
    const count = (split: string): number => splits.filter((s) => s === split).length;
    const changed = new Set(written);
    const result = {
      project: project.dir,
      samples: this.size + fresh.length,
      classes: (this.scheme ?? project.scheme).classes.map((c) => c.name),
      splits: { train: count('train'), val: count('val'), test: count('test') },
      groups: grown?.groups ?? project.base().groups,
      duplicates,
      quarantined: [...material.quarantined],
      ...(material.table ? { table: material.table } : {}),
      added: fresh.length,
      known: material.collector.count - fresh.length,
      removed: match.removed.map((key) => project.index.id(key)),
      changedPixels: match.changed.map((key) => project.index.id(key)),
      labels: {
        changed: written.map(said),
        kept: this.differences.filter((d) => !changed.has(d)).map(said),
      },
    };
    await this.discard();
    return result;
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    await rm(this.material.folder, { recursive: true, force: true });
  }

  private written(changes: LabelChanges): Difference[] {
    return changes === 'none' ? [] : this.differences.filter((d) => !d.frozen && (changes === 'all' || !d.byPerson));
  }

  /** What the draft says of a sample, in the project's classes. */
  private labelOf(i: number): LabelValue {
    const { collector } = this.material;
    const number = collector.class(i);
    if (number !== null) return { class: this.classIds[number]! };
    const answers = collector.answers(i);
    if (!answers) return null;
    const own = Object.entries(answers).map(([question, answer]) => [this.classIds[Number(question)]!, answer]);
    return { answers: canonicalAnswers(Object.fromEntries(own) as LabelAnswers) };
  }

  /** Labels of known samples that the table says otherwise than the last one did. */
  private compareLabels(): Difference[] {
    const { material, match, project } = this;
    const before = project.lastImported();
    const scheme = this.scheme ?? project.scheme;
    const found: Difference[] = [];
    match.keys.forEach((key, i) => {
      const value = key < 0 ? null : this.labelOf(i);
      if (value === null) return;
      const last = labelText(before.get(key) ?? null, scheme);
      const now = project.labels.label(key);
      const [from, to] = [labelText(now.value, scheme), labelText(value, scheme)!];
      if (to === last || to === from) return;
      found.push({
        key,
        value,
        reader: material.facts(i).reader,
        sample: project.index.id(key),
        from,
        to,
        byPerson: from !== last || (now.state !== 'labelled' && now.state !== 'unlabelled'),
        frozen: project.isFrozen(key),
      });
    });
    return found;
  }

  /** Pairs with a new sample, by key. */
  private newPairs(): DuplicatePair[] {
    const { material, project, keyOf, size } = this;
    const { duplicates } = material;
    const side = (key: number): DuplicatePair['a'] => {
      const i = this.fresh[key - size];
      const value = i === undefined ? project.labels.label(key).value : this.labelOf(i);
      return {
        index: key,
        id: i === undefined ? project.index.id(key) : this.match.ids[i]!,
        split: i === undefined ? SPLIT_CODES[project.index.splits[key]!]! : null,
        class: classOf(value),
        answers: answersOf(value),
      };
    };
    const text = ({ class: id, answers }: DuplicatePair['a']): string | null =>
      answers ? JSON.stringify(answers) : id === null ? null : String(id);
    return duplicates.pairs.flatMap(({ a, b, exact, likeness }): DuplicatePair[] => {
      const [x, y] = [keyOf(a), keyOf(b)].sort((p, q) => p - q) as [number, number];
      if (y < size) return [];
      const [left, right] = [side(x), side(y)];
      const component = duplicates.component[a]!;
      return [
        {
          a: left,
          b: right,
          exact,
          likeness,
          differentLabels: text(left) !== null && text(right) !== null && text(left) !== text(right),
          acrossSplits: false,
          component,
          componentSize: duplicates.componentSizes[component]!,
        },
      ];
    });
  }

  private growGroups(): { group: Int32Array; groups: number; splits: GrownSplits } {
    const { material, project, size, fresh } = this;
    const { patients, classes, pairs } = project.splitMaterial();
    const joined: [number, number][] = [
      ...pairs.filter((p) => p.joined),
      ...this.pairs.filter((p) => isJoined(p, undefined)),
    ].map((p) => [p.a.index, p.b.index]);
    const first = new Map<string, number>();
    for (let key = 0; key < size + fresh.length; key++) {
      const hash = this.hashOf(key);
      const before = first.get(hash);
      if (before === undefined) first.set(hash, key);
      else joined.push([before, key]);
    }
    const own = fresh.map((i) => {
      const { patient } = material.facts(i);
      return patient === null ? null : project.patientKey(patient);
    });
    const { group, groups } = joinGroups([...patients, ...own], joined);
    const splits = growSplits({
      before: { splits: this.splitsBefore(), leak: Array.from(project.index.leaks, (l) => l === 1) },
      group,
      classes: [...classes, ...fresh.map((i) => stratumOf(this.labelOf(i)))],
      brought: fresh.map((i) => (project.splits.policy === 'new' ? null : material.collector.split(i))),
      seed: project.splits.seed + project.splits.version,
    });
    return { group, groups, splits };
  }

  private splitsBefore(): (typeof SPLIT_CODES)[number][] {
    return Array.from(this.project.index.splits, (code) => SPLIT_CODES[code]!);
  }

  private hashOf(key: number): string {
    if (key < this.size) return this.project.index.contentHash(key);
    const at = 32 * this.fresh[key - this.size]!;
    return Buffer.from(this.material.collector.hashes().subarray(at, at + 32)).toString('hex');
  }

  private duplicates(splits: readonly (typeof SPLIT_CODES)[number][]): GrowthResult['duplicates'] {
    const before = this.project.base().duplicates;
    const first = new Map<string, number>();
    const firstEqual = Int32Array.from({ length: splits.length }, (_, key) => {
      const hash = this.hashOf(key);
      const known = first.get(hash);
      if (known === undefined) first.set(hash, key);
      return known ?? key;
    });
    const pairs = [...this.project.splitMaterial().pairs, ...this.pairs].map(({ a, b, exact, likeness }) => ({
      a: a.index,
      b: b.index,
      exact,
      likeness,
    }));
    return {
      exact: before.exact + this.pairs.filter((p) => p.exact).length,
      near: before.near + this.pairs.filter((p) => !p.exact).length,
      withDifferentLabels: before.withDifferentLabels + this.pairs.filter((p) => p.differentLabels).length,
      testLeaks: countTestLeaks({ pairs, firstEqual }, splits.length, (key) => splits[key]!),
    };
  }

  /** The project's sources with the draft's; of a folder that was imported before, the table and map of now. */
  private sources(): { all: ProjectSource[]; batch: number } {
    const all = [...this.project.originalsStored()];
    const batch = 1 + Math.max(0, ...all.map((s) => Number(s.details?.batch ?? 0)));
    this.material.sources.forEach((source, s) => {
      const at = this.match.sources[s]!;
      const details = { ...source.details, ...(at < all.length ? { batch: all[at]!.details?.batch ?? 0 } : { batch }) };
      if (at >= all.length) all[at] = { ...source, details };
      else if (source.kind === 'folder') all[at] = { ...all[at]!, details, map: source.map ?? all[at]!.map };
    });
    return { all, batch };
  }

  private newSample(i: number, n: number, places: Awaited<ReturnType<typeof bringGrowth>>): NewSample {
    const { collector, facts, placeOf } = this.material;
    const value = this.labelOf(i);
    const { source, pixels } = placeOf(i);
    const key = this.size + n;
    return {
      id: this.match.ids[i]!,
      contentHash: this.hashOf(key),
      ...collector.shape(i),
      type: collector.type(i),
      ...collector.window(i),
      source: this.match.sources[source]!,
      pixels: pixels.kind === 'pack' ? { ...pixels, pack: places.pack(pixels.pack) } : pixels,
      thumb: places.thumbs[n]!,
      class: classOf(value),
      answers: answersOf(value),
      reader: facts(i).reader,
      patient: facts(i).patient,
      officialSplit: collector.split(i),
      group: this.grown!.group[key]!,
      split: this.grown!.splits.splits[key]!,
      leak: this.grown!.splits.leak[key]!,
    };
  }

  /** Columns of the table over all samples: what is said of a known one now stands in place of what was said before. */
  private metadata(): NewMetadata[] | null {
    const { material, project, fresh, match } = this;
    if (material.metadata.length === 0 && fresh.length === 0) return null;
    const columns = new Map(
      project.index.metadata.map((column) => [
        column.name,
        Array.from({ length: this.size }, (_, key) => metadataValue(column, key)),
      ]),
    );
    for (const { name, values } of material.metadata) {
      const column = columns.get(name) ?? new Array<string | null>(this.size).fill(null);
      columns.set(name, column);
      match.keys.forEach((key, i) => {
        if (key >= 0 && values[i] !== null) column[key] = values[i]!;
      });
    }
    return [...columns].map(([name, values]) => {
      const said = material.metadata.find((c) => c.name === name)?.values;
      return { name, values: [...values, ...fresh.map((i) => said?.[i] ?? null)] };
    });
  }
}

const said = ({ sample, from, to, byPerson, frozen }: Difference): LabelDifference => ({
  sample,
  from,
  to,
  byPerson,
  frozen,
});

/** A label in full names, as tables spell it; null without one. Classes that were merged read as what they became. */
function labelText(value: LabelValue, scheme: LabelScheme): string | null {
  const nameOf = (id: number): string => {
    const now = scheme.merged[id];
    if (now !== undefined && now !== id) return nameOf(now);
    return [...scheme.classes, ...scheme.retired].find((c) => c.id === id)?.name ?? String(id);
  };
  const answers = answersOf(value);
  if (answers)
    return Object.entries(answers)
      .map(([id, answer]) => `${nameOf(Number(id))}: ${answer}`)
      .sort()
      .join(', ');
  const id = classOf(value);
  return id === null ? null : nameOf(id);
}

/** What a draw spreads evenly: the class; of answers a question that is answered with yes. */
function stratumOf(value: LabelValue): number | null {
  const yes = Object.entries(answersOf(value) ?? {}).find(([, answer]) => answer === 'yes');
  return classOf(value) ?? (yes ? Number(yes[0]) : null);
}
