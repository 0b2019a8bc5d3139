import type { LabelScheme, LabelValue } from '@shared/domain';
import type { Db } from './db/sqlite';
import { insertSamples, insertVolumes, originalsOf, valueIn } from './create';
import { uuid7 } from './ids';
import { appendEvent, appendScheme, IMPORT_READER, TARGET_LABEL, valueOf } from './journal/events';
import { NO_LABEL, type Label } from './journal/fold';
import type { LabelJournal } from './journal/journal';
import { upsertLabel } from './journal/labelView';
import { setFact } from './meta';
import { writeMetadata } from './metadata';
import { countPairs, insertPairs } from './pairs';
import { insertSplits, splitMembers } from './splits';
import { keepIdentity, type Store } from './opening';
import type { ProjectGrowth } from './types';

/** The project as it is before it grows. */
export interface Ground {
  readonly firstKey: number;
  readonly splitVersion: number;
  readonly patientKey: (patient: string) => string;
  readonly reader: string | null;
  readonly journal: LabelJournal['end'];
  readonly labelOf: (key: number) => Label;
  readonly idOf: (key: number) => string;
  readonly hashOfSample: (key: number) => string;
}

/** The label that tables gave last, by key. */
export function loadImported(db: Db): Map<number, LabelValue> {
  return new Map(
    db
      .all<[number, string | null]>(
        "SELECT key, new_value FROM events WHERE origin = 'imported' AND target = ? ORDER BY position",
        TARGET_LABEL,
      )
      .map(([key, value]) => [key, valueOf(value)]),
  );
}

/** Takes in what a second import brings, all or nothing. @throws UserError `disk-full` */
export function takeIn(store: Store, growth: ProjectGrowth, ground: Ground): void {
  const { db, device, identity } = store;
  const patients: Record<string, string> = { ...identity.patients };
  const hashOf = (patient: string | null | undefined): string | null => {
    if (patient === null || patient === undefined) return null;
    const hash = ground.patientKey(patient);
    patients[hash] = patient;
    return hash;
  };
  // Patients first: a hash whose name is nowhere would be lost, a name too many says nothing.
  for (const sample of growth.samples) hashOf(sample.patient);
  keepIdentity(store, {
    ...identity,
    sources: [...growth.sources],
    quarantined: [...identity.quarantined, ...growth.quarantined],
    patients,
    volumes: { ...identity.volumes, ...originalsOf(growth.volumes) },
  });
  db.transaction(() => {
    const [volume] = db.get<[number]>('SELECT coalesce(max(key), -1) + 1 FROM volumes')!;
    insertVolumes(db, growth.volumes ?? [], volume, hashOf);
    insertSamples(db, growth.samples, { sample: ground.firstKey, volume }, hashOf);
    insertGrowth(db, growth, ground, device);
  });
}

/** What stands beside the samples; call inside a transaction. */
function insertGrowth(db: Db, growth: ProjectGrowth, ground: Ground, device: string): void {
  insertPairs(db, growth.pairs, countPairs(db));
  setFact(db, 'duplicates', growth.duplicates);
  if (growth.metadata) writeMetadata(db, growth.metadata);
  if (growth.splits)
    insertSplits(db, ground.splitVersion, growth.splits, splitMembers(growth.splits), growth.splits.joined);
  insertLabels(db, growth, ground, device);
}

/** New samples' labels as one step, changed ones as another, so that undo takes these back first. */
function insertLabels(db: Db, growth: ProjectGrowth, { journal, ...ground }: Ground, device: string): void {
  const time = new Date().toISOString();
  let { position, hash, clock } = journal;
  const scheme: LabelScheme = growth.scheme ?? journal.scheme;
  if (growth.scheme) {
    appendScheme(db, {
      id: uuid7(),
      device,
      clock: ++clock,
      time,
      reader: ground.reader ?? '',
      origin: 'imported',
      refers: null,
      scheme,
    });
    if (scheme.classes.length !== 2 && scheme.kind !== 'answers') setFact(db, 'rule', { kind: 'argmax' });
  }
  const write = (
    entry: { key: number; sample: string; contentHash: string; value: LabelValue; reader: string | null },
    old: Label,
    batch: string,
  ): void => {
    const reader = entry.reader?.trim() || null;
    const { value } = entry;
    const event = {
      position: ++position,
      key: entry.key,
      id: uuid7(),
      device,
      clock: ++clock,
      time,
      sample: entry.sample,
      contentHash: entry.contentHash,
      scheme: scheme.id,
      schemeVersion: scheme.version,
      target: TARGET_LABEL,
      box: null,
      reader: reader ?? IMPORT_READER,
      oldValue: old.value,
      newValue: value,
      oldState: old.state,
      newState: 'labelled' as const,
      reason: null,
      note: old.note,
      origin: 'imported' as const,
      context: null,
      batch,
      refers: null,
    };
    hash = appendEvent(db, event, hash);
    const label = { value, state: 'labelled' as const, reader, reason: null, note: old.note, event: event.id };
    upsertLabel(db, entry.key, label, time, position);
  };
  const known = new Set(scheme.classes.map((c) => c.id));
  const brought = uuid7();
  growth.samples.forEach((sample, i) => {
    const value = valueIn(sample, known);
    if (value === null) return;
    const { id, contentHash, reader } = sample;
    write({ key: ground.firstKey + i, sample: id, contentHash, value, reader: reader ?? null }, NO_LABEL, brought);
  });
  const changed = uuid7();
  for (const { key, ...said } of growth.relabelled)
    write(
      { key, sample: ground.idOf(key), contentHash: ground.hashOfSample(key), ...said },
      ground.labelOf(key),
      changed,
    );
}
