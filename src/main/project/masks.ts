import type {
  MaskGeometry,
  MaskInfo,
  MaskSaved,
  MaskSegment,
  MaskStep,
  MaskStepContent,
  OpenMask,
} from '@shared/domain';
import { maskGeometry, maskSegments, maskStepContent } from '@shared/domain';
import { UserError } from '@shared/errors';
import { applyChange, checkChange, decodeRuns, fromBase64, standingOf } from '@shared/mask';
import type { HistoryStep, Standing } from '@shared/mask';
import type { Db } from './db/sqlite';
import { uuid7 } from './ids';

interface MaskContext {
  readonly db: Db;
  readonly device: string;
  /** Who reads now. */
  reader(): string | null;
  /** @throws UserError `project-locked` */
  requireWritable(): void;
  /** Something is on the disk that is not in a backup yet. */
  changed(): void;
}

type MaskRow = [
  id: string,
  volume: string,
  name: string,
  geometry: string,
  segments: string,
  initial: string | null,
  time: string,
  reader: string,
];
type StepRow = [
  position: number,
  time: string,
  reader: string,
  kind: 'edit' | 'segments' | 'undo' | 'redo' | 'name' | 'removed',
  refers: number | null,
  content: string | null,
];

/** What a mask begins with. */
export interface NewMask {
  readonly volume: string;
  readonly name: string;
  readonly geometry: MaskGeometry;
  readonly segments: readonly MaskSegment[];
  /** Runs of its map as base64; null: empty. */
  readonly initial: string | null;
}

/** A mask as it stands now. */
export interface MaskNow {
  readonly info: MaskInfo;
  /** Indices of segments, first axis fastest. */
  readonly data: Uint8Array;
}

/**
 * Masks over volumes: what each began with, and its steps, only ever appended. A step is on the disk when its method returns; undo and
 * redo are steps of their own.
 */
export class MaskBook {
  constructor(private readonly context: MaskContext) {}

  /** Of one volume, or of all, the oldest first; without those that were removed. */
  list(volume: string | null): MaskInfo[] {
    const ids = this.context.db.all<[string]>(
      `SELECT id FROM masks m WHERE (? = '' OR volume = ?)
       AND NOT EXISTS (SELECT 1 FROM mask_steps s WHERE s.mask = m.id AND s.kind = 'removed') ORDER BY time, id`,
      volume ?? '',
      volume ?? '',
    );
    return ids.map(([id]) => this.info(id));
  }

  /** A mask with every step. @throws UserError `value-invalid` where there is none */
  open(id: string): OpenMask {
    const row = this.row(id);
    const steps = this.steps(id, true);
    return {
      info: infoOf(row, steps),
      initial: row[5],
      firstSegments: parsed(row[4], (value) => maskSegments.parse(value), this.context.db.file),
      steps,
    };
  }

  /** @throws UserError where its map does not fit its grid */
  create({ volume, name, geometry, segments, initial }: NewMask): MaskInfo {
    this.context.requireWritable();
    if (initial !== null) sound(() => decodeRuns(fromBase64(initial), voxels(geometry)));
    const { db, device } = this.context;
    const id = uuid7();
    const written = [JSON.stringify(geometry), JSON.stringify(segments)] as const;
    db.transaction(() =>
      db.run(
        'INSERT INTO masks (id, volume, name, geometry, segments, initial, device, time, reader) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        ...[id, volume, name, ...written, initial, device, new Date().toISOString(), this.context.reader() ?? ''],
      ),
    );
    this.context.changed();
    return this.info(id);
  }

  /**
   * Appends a step to what the caller has seen.
   * @param seen the last step that they know
   * @throws UserError `project-changed` where another window went on meanwhile: nothing is written
   */
  step(id: string, seen: number, content: MaskStepContent): MaskSaved {
    const { info } = this.standing(id, seen);
    if (content.kind === 'edit') {
      sound(() => checkChange(fromBase64(content.change), voxels(info.geometry)));
      return this.append(id, seen, 'edit', null, content.change);
    }
    if (content.after.length < info.segments.length)
      throw new UserError('value-invalid', 'segments of a mask are added and renamed, never taken away');
    return this.append(id, seen, 'segments', null, JSON.stringify(content));
  }

  /** Takes back the last step, or does again the one taken back last. @throws UserError `nothing-to-undo`, `nothing-to-redo`, `project-changed` */
  undo(id: string, seen: number): MaskSaved {
    const last = this.standing(id, seen).now.done.at(-1);
    if (last === undefined) throw new UserError('nothing-to-undo', 'nothing of this mask can be taken back');
    return this.append(id, seen, 'undo', last, null);
  }
  redo(id: string, seen: number): MaskSaved {
    const last = this.standing(id, seen).now.undone.at(-1);
    if (last === undefined) throw new UserError('nothing-to-redo', 'nothing of this mask was taken back last');
    return this.append(id, seen, 'redo', last, null);
  }

  rename(id: string, seen: number, name: string): MaskSaved {
    this.standing(id, seen);
    return this.append(id, seen, 'name', null, name);
  }

  /** It is shown nowhere any more; its steps stay. */
  remove(id: string, seen: number): void {
    this.standing(id, seen);
    this.append(id, seen, 'removed', null, null);
  }

  /** @throws UserError `project-damaged` where its steps do not follow from each other */
  now(id: string): MaskNow {
    const { info, initial, steps } = this.open(id);
    const { done } = standingOf(steps.flatMap(historyOf));
    const edits = new Map(
      steps.flatMap((step) => (step.kind === 'edit' ? [[step.position, step.change] as const] : [])),
    );
    try {
      const count = voxels(info.geometry);
      const data = initial === null ? new Uint8Array(count) : decodeRuns(fromBase64(initial), count);
      for (const position of done) {
        const change = edits.get(position);
        if (change !== undefined) applyChange(fromBase64(change), 'redo', data, info.geometry.size);
      }
      return { info, data };
    } catch (cause) {
      throw new UserError('project-damaged', `the mask "${info.name}" cannot be put together from its steps`, {
        cause,
      });
    }
  }

  /** @throws UserError `project-changed` where there is a later step than the caller has seen */
  private standing(id: string, seen: number): { info: MaskInfo; now: Standing } {
    this.context.requireWritable();
    const steps = this.steps(id, false);
    const info = infoOf(this.row(id), steps);
    if (info.position !== seen)
      throw new UserError(
        'project-changed',
        'this mask was changed in another window: it is read again, nothing was done',
      );
    return { info, now: standingOf(steps.flatMap(historyOf)) };
  }

  private append(id: string, seen: number, kind: StepRow[3], refers: number | null, content: string | null): MaskSaved {
    const { db, device } = this.context;
    const [position, time] = [seen + 1, new Date().toISOString()];
    db.transaction(() =>
      db.run(
        'INSERT INTO mask_steps (mask, position, id, device, time, reader, kind, refers, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        ...[id, position, uuid7(), device, time, this.context.reader() ?? '', kind, refers, content],
      ),
    );
    this.context.changed();
    return { saved: true, position, time };
  }

  private row(id: string): MaskRow {
    const row = this.context.db.get<MaskRow>(
      `SELECT id, volume, name, geometry, segments, initial, time, reader FROM masks m WHERE id = ?
       AND NOT EXISTS (SELECT 1 FROM mask_steps s WHERE s.mask = m.id AND s.kind = 'removed')`,
      id,
    );
    if (!row) throw new UserError('value-invalid', 'there is no such mask in this project');
    return row;
  }

  /** @param whole false: without what edits changed */
  private steps(id: string, whole: boolean): MaskStep[] {
    const content = whole ? 'content' : `CASE kind WHEN 'edit' THEN '' ELSE content END`;
    const sql = `SELECT position, time, reader, kind, refers, ${content} FROM mask_steps WHERE mask = ? ORDER BY position`;
    return this.context.db.all<StepRow>(sql, id).map(stepOf);
  }

  private info(id: string): MaskInfo {
    return infoOf(this.row(id), this.steps(id, false));
  }
}

const voxels = ({ size }: MaskGeometry): number => size[0] * size[1] * size[2];

/** @throws UserError `value-invalid` where what came is no map or change of this mask */
function sound(check: () => void): void {
  try {
    check();
  } catch (cause) {
    throw new UserError('value-invalid', 'what came does not fit the mask: nothing was saved', { cause });
  }
}

function parsed<T>(text: string, of: (value: unknown) => T, file: string): T {
  try {
    return of(JSON.parse(text));
  } catch (cause) {
    throw new UserError('project-damaged', 'what it says of a mask cannot be understood', { file, cause });
  }
}

function stepOf([position, time, reader, kind, refers, content]: StepRow): MaskStep {
  const placed = { position, time, reader };
  if (kind === 'edit') return { ...placed, kind, change: content! };
  if (kind === 'segments') {
    const step = maskStepContent.parse(JSON.parse(content!));
    return { ...placed, ...step };
  }
  if (kind === 'name') return { ...placed, kind, name: content! };
  if (kind === 'removed') throw new Error('a removed mask is opened by nobody');
  return { ...placed, kind, refers: refers! };
}

const historyOf = (step: MaskStep): HistoryStep[] =>
  step.kind === 'name'
    ? []
    : [{ position: step.position, kind: step.kind, refers: 'refers' in step ? step.refers : null }];

/** Name and segments of now: those that it began with, changed by the steps that stand. */
function infoOf([id, volume, name, geometry, segments, , time, reader]: MaskRow, steps: readonly MaskStep[]): MaskInfo {
  const standing = new Set(standingOf(steps.flatMap(historyOf)).done);
  let now = { name, segments: maskSegments.parse(JSON.parse(segments)) };
  for (const step of steps) {
    if (step.kind === 'name') now = { ...now, name: step.name };
    if (step.kind === 'segments' && standing.has(step.position)) now = { ...now, segments: step.after };
  }
  const last = steps.at(-1);
  return {
    ...now,
    id,
    volume,
    geometry: maskGeometry.parse(JSON.parse(geometry)),
    position: last?.position ?? 0,
    createdAt: time,
    changedAt: last?.time ?? time,
    reader: last?.reader ?? reader,
  };
}
