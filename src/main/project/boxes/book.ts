import type { BoxSample, InputRecipe, Split, VolumeBox } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Db } from '../db/sqlite';
import { insertSamples } from '../create';
import { growSplits } from '../import/grow/splits';
import type { JournalBoxes, Stamp } from '../journal/writer';
import type { SampleTable } from '../samples';
import type { SplitTable } from '../splits';
import { SPLIT_CODES, type NewSample } from '../types';
import { volumeContent } from '../volumeContent';
import type { ProjectVolumes } from '../volumes';
import { appendBoxes, boxHash, type BoxChange, type BoxStep } from './steps';
import { BoxTable } from './table';

/** Millimetres that a box has along each axis at least: less is a slip of the hand. */
const LEAST = 0.5;
/** A box may reach beyond its volume, but not lie outside of it: so much farther than its corner, millimetres. */
const FAR = 5000;

/** What boxes ask of their project. */
interface BoxContext {
  readonly db: Db;
  readonly samples: SampleTable;
  readonly volumes: ProjectVolumes;
  readonly input: Pick<InputRecipe, 'volume'>;
  splits(): SplitTable;
  /** By key what a draw spreads evenly; null without a label. */
  strata(): readonly (number | null)[];
  /** A test sample whose split was scored. */
  isFrozen(key: number): boolean;
  testScored(): boolean;
  change(changes: readonly BoxChange[], options: { origin: 'read' | 'script'; reader?: string }): void;
  /** The transaction stands: memory follows. @param added new samples are behind the last one */
  changed(changes: readonly BoxChange[], added: boolean): void;
}

interface BoxOptions {
  readonly origin: 'read' | 'script';
  /** The project's present reader otherwise. */
  readonly reader?: string;
}

/** A box to be, in a volume of the project. */
export interface NewBox {
  readonly volume: number;
  readonly box: VolumeBox;
  /** What its sample is called behind the volume's name; `box-1` and so on otherwise. */
  readonly name?: string;
}

/** Boxes in volumes that are samples. Every change is on the disk when its method returns, and can be undone. */
export class Boxes implements JournalBoxes {
  readonly table: BoxTable;
  /** Of the step that is being written: samples that come with it. */
  private pending: NewBox[] = [];

  constructor(private readonly context: BoxContext) {
    this.table = BoxTable.load(context.db);
  }

  /** Those that are there. @param volume only of this one */
  list(volume?: number): BoxSample[] {
    return this.table
      .all()
      .filter((box) => !box.gone && (volume === undefined || box.volume === volume))
      .map(({ key, volume: of, box }) => ({ key, id: this.context.samples.ids[key]!, volume: of, box }));
  }

  /** Draws boxes: each is a sample from now on, unlabelled. @throws UserError `value-invalid`, `test-frozen`, `reader-missing` */
  add(boxes: readonly NewBox[], options: BoxOptions): BoxSample[] {
    if (boxes.length === 0) throw new UserError('value-invalid', 'there is no box to draw');
    if (!this.context.input.volume)
      throw new UserError('value-invalid', 'boxes are drawn in volumes of studies, and this project has none');
    for (const { volume, box } of boxes) this.check(volume, box);
    this.checkNames(boxes);
    const first = this.context.samples.size;
    this.pending = [...boxes];
    try {
      this.context.change(
        boxes.map(({ volume, box }, i) => ({ key: first + i, volume, before: null, after: box })),
        options,
      );
    } finally {
      this.pending = [];
    }
    const keys = new Set(boxes.map((_, i) => first + i));
    return this.list().filter(({ key }) => keys.has(key));
  }

  /** Moves or resizes boxes: their labels stay. @throws UserError `sample-missing`, `value-invalid`, `test-frozen` */
  move(boxes: readonly { readonly key: number; readonly box: VolumeBox }[], options: BoxOptions): void {
    const changes = boxes.map(({ key, box }): BoxChange => {
      const { volume, box: before } = this.present(key);
      this.check(volume, box);
      return { key, volume, before, after: box };
    });
    const real = changes.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
    if (real.length > 0) this.context.change(real, options);
  }

  /** Takes boxes away: their samples are in no list and no training until that is undone. @throws UserError as `move` */
  remove(keys: readonly number[], options: BoxOptions): void {
    const changes = [...new Set(keys)].map((key): BoxChange => {
      const { volume, box } = this.present(key);
      return { key, volume, before: box, after: null };
    });
    if (changes.length > 0) this.context.change(changes, options);
  }

  write(stamp: Stamp, step: BoxStep): number {
    const { db } = this.context;
    if (this.pending.length > 0) this.insert(this.pending);
    return appendBoxes(db, stamp, step, (volume, box) => this.hashOf(volume, box));
  }

  changed(changes: readonly BoxChange[]): void {
    const added = this.pending.length > 0;
    for (const { key, volume, before, after } of changes)
      this.table.put({ key, volume, box: (after ?? before)!, gone: after === null });
    for (const { key, volume, after } of changes)
      if (after) this.context.samples.setHash(key, this.hashOf(volume, after));
    this.context.changed(changes, added);
  }

  refuseFrozen(changes: readonly BoxChange[]): void {
    const { samples, isFrozen, testScored } = this.context;
    const frozen = changes.find(({ key }) => key < samples.size && isFrozen(key));
    const goesToTest =
      testScored() && this.pending.length > 0 && this.membersOf(this.pending).some(({ split }) => split === 'test');
    if (!frozen && !goesToTest) return;
    const which = frozen ? `"${samples.ids[frozen.key]!}" belongs to it` : 'this patient belongs to it';
    throw new UserError(
      'test-frozen',
      `the test split was scored, and ${which}: its boxes stay as they are until there is a new version of the splits; nothing was changed`,
    );
  }

  private present(key: number): { volume: number; box: VolumeBox } {
    const found = this.table.get(key);
    if (!found || found.gone) throw new UserError('sample-missing', `sample number ${key} is no box in a volume`);
    return found;
  }

  /** Of the volume's values, of where they lie, and of the box. */
  private hashOf(volume: number, box: VolumeBox): string {
    return boxHash(volumeContent(this.context.volumes.get(volume).info), box);
  }

  private check(volume: number, { centre, size }: VolumeBox): void {
    const { origin } = this.context.volumes.get(volume).info;
    if (size.some((mm) => mm < LEAST))
      throw new UserError('value-invalid', `a box has at least ${LEAST} mm along each of its axes`);
    if (centre.some((at, i) => Math.abs(at - origin[i]!) > FAR) || size.some((mm) => mm > FAR))
      throw new UserError('value-invalid', 'the box lies outside of its volume');
  }

  private checkNames(boxes: readonly NewBox[]): void {
    const known = new Set(this.context.samples.ids);
    for (const { volume, name } of boxes) {
      if (name === undefined) continue;
      const id = `${this.context.volumes.get(volume).id}/${name}`;
      if (name.trim() === '' || known.has(id))
        throw new UserError('value-invalid', `there is a sample "${id}" already: give the box another name`);
      known.add(id);
    }
  }

  private insert(boxes: readonly NewBox[]): void {
    const { db, samples, volumes, input } = this.context;
    const [width, height, depth] = input.volume!.grid;
    const members = this.membersOf(boxes);
    const taken = new Set(samples.ids);
    const rows = boxes.map(({ volume, box, name }, i): NewSample => {
      const { id } = volumes.get(volume);
      let own = name === undefined ? '' : `${id}/${name}`;
      for (let n = 1; own === '' || (name === undefined && taken.has(own)); n++) own = `${id}/box-${n}`;
      taken.add(own);
      return {
        id: own,
        contentHash: this.hashOf(volume, box),
        width,
        height,
        depth,
        channels: volumes.get(volume).info.components,
        type: 'float32',
        low: 0,
        high: 1,
        source: volumes.original(volume)?.source ?? 0,
        pixels: { kind: 'series', volume },
        thumb: null,
        class: null,
        officialSplit: null,
        ...members[i]!,
      };
    });
    const first = samples.size;
    insertSamples(db, rows, { sample: first, volume: 0 }, () => null);
    const { version } = this.context.splits();
    rows.forEach(({ group, split, leak, pixels }, i) => {
      const volume = pixels.kind === 'series' ? pixels.volume : 0;
      db.run(
        'UPDATE samples SET patient = (SELECT patient FROM volumes WHERE key = ?) WHERE key = ?',
        volume,
        first + i,
      );
      db.run(
        'INSERT INTO split_members VALUES (?, ?, ?, ?, ?)',
        version.version,
        first + i,
        leak ? null : split,
        leak ? 1 : 0,
        group,
      );
    });
  }

  /** Groups and splits of boxes to be: those of their patient; of a patient of whom nothing is a sample yet, drawn as a grown project draws them. */
  private membersOf(boxes: readonly NewBox[]): { group: number; split: Split | null; leak: boolean }[] {
    const { db } = this.context;
    const table = this.context.splits();
    const groups = [...table.groups];
    const own = new Map<string, number>();
    let next = groups.reduce((most, group) => Math.max(most, group + 1), 0);
    for (const { volume } of boxes) {
      const [patient, known] = db.get<[string, number | null]>(
        `SELECT coalesce(v.patient, 'volume ' || v.key),
           (SELECT min(s.key) FROM samples s WHERE s.volume = v.key OR s.patient = v.patient) FROM volumes v WHERE v.key = ?`,
        volume,
      )!;
      const group = known !== null ? table.groups[known]! : (own.get(patient) ?? next++);
      own.set(patient, group);
      groups.push(group);
    }
    const { splits, leak } = growSplits({
      before: {
        splits: Array.from(table.splits, (code) => SPLIT_CODES[code]!),
        leak: Array.from(table.leaks, (code) => code === 1),
      },
      group: groups,
      classes: [...this.context.strata(), ...boxes.map(() => null)],
      brought: boxes.map(() => null),
      seed: table.version.seed,
    });
    return boxes.map((_, i) => {
      const key = table.groups.length + i;
      return { group: groups[key]!, split: splits[key]!, leak: leak[key]! };
    });
  }
}
