import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { NEAR, type InputRecipe, type LabelScheme, type LabelValue } from '@shared/domain';
import { UserError } from '@shared/errors';
import { canonicalAnswers } from '@shared/scheme';
import { defaultVolumeRecipe } from '@shared/volumeInput';
import { syncFolder } from './atomicFile';
import { migrate } from './db/migrations';
import { releaseFiles } from './db/release';
import { Db } from './db/sqlite';
import { newSecret, patientKey, writeIdentity, type Identity } from './identity';
import { uuid7 } from './ids';
import { inputRecipeFor, volumeInput } from './inputRecipe';
import { appendEvent, appendScheme, IMPORT_READER, NO_HASH, TARGET_LABEL } from './journal/events';
import { upsertLabel } from './journal/labelView';
import { checkedClasses } from './journal/scheme';
import { setFact } from './meta';
import { DATABASE, FOLDERS } from './names';
import { writeMetadata } from './metadata';
import { insertPairs } from './pairs';
import { insertSplits } from './splits';
import type { NewProject, NewSample, NewVolume } from './types';
import { UserData } from './userData';

/**
 * Makes `project.db`, `identity.json` and the folders in `dir`, which may exist but may hold no project. Labels become
 * events of origin `imported`. Everything is on the disk, and no file open, when this returns.
 * @param device names this workstation in the events
 * @throws UserError `project-exists`, `value-invalid`, `disk-full`
 */
export async function createProject(
  dir: string,
  project: NewProject,
  device: string = new UserData().device(),
): Promise<void> {
  const file = join(dir, DATABASE);
  if (existsSync(file)) throw new UserError('project-exists', 'there is a project already', { file: dir });
  if (project.samples.length === 0) throw new UserError('file-no-samples', 'there is no sample to make a project of');
  for (const folder of FOLDERS) mkdirSync(join(dir, folder), { recursive: true });
  const secret = project.secret ?? newSecret();
  const patients: Record<string, string> = {};
  const hashOf = (patient: string | null | undefined): string | null => {
    if (patient === null || patient === undefined) return null;
    const hash = patientKey(secret, patient);
    patients[hash] = patient;
    return hash;
  };
  const db = Db.open(file);
  try {
    migrate(db, () => undefined);
    db.transaction(() => {
      insertFacts(db, project);
      insertVolumes(db, project.volumes ?? [], 0, hashOf);
      insertSamples(db, project.samples, { sample: 0, volume: 0 }, hashOf);
      insertPairs(db, project.pairs);
      writeMetadata(db, project.metadata ?? []);
      insertSplits(
        db,
        1,
        project.splits,
        project.samples,
        project.pairs.map((p) => p.joined),
      );
      setFact(db, 'importedUpTo', insertLabels(db, project, device));
    });
    db.checkpoint();
  } finally {
    db.close();
  }
  writeIdentity(dir, {
    secret,
    sources: [...project.sources],
    quarantined: [...project.quarantined],
    patients,
    volumes: originalsOf(project.volumes),
  });
  syncFolder(dir);
  await releaseFiles();
}

type HashOf = (patient: string | null | undefined) => string | null;

/** @param first key of the first one */
export function insertVolumes(db: Db, volumes: readonly NewVolume[], first: number, hashOf: HashOf): void {
  volumes.forEach(({ id, info, about, patient, study, look }, i) =>
    db.run(
      'INSERT INTO volumes VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      first + i,
      id,
      info.sha256,
      hashOf(patient),
      study,
      JSON.stringify(info),
      JSON.stringify(about),
      Buffer.from(look.buffer, look.byteOffset, look.byteLength).toString('base64'),
    ),
  );
}

/** What the identity file keeps of volumes. */
export const originalsOf = (volumes: readonly NewVolume[] = []): Identity['volumes'] =>
  Object.fromEntries(volumes.map(({ id, original }) => [id, original]));

function insertFacts(db: Db, project: NewProject): void {
  setFact(db, 'id', uuid7());
  setFact(db, 'name', project.name);
  setFact(db, 'createdAt', new Date().toISOString());
  setFact(db, 'dimensions', project.dimensions);
  setFact(db, 'flips', project.flips);
  setFact(db, 'input', inputOf(project));
  setFact(db, 'inputChosen', Object.keys(project.recipe ?? {}).length > 0);
  setFact(db, 'duplicates', project.duplicates);
  setFact(db, 'likeness', project.likeness ?? NEAR);
  setFact(db, 'reader', null);
  setFact(
    db,
    'rule',
    project.classes.length === 2 || project.kind === 'answers' ? { kind: 'threshold', value: 0.5 } : { kind: 'argmax' },
  );
  setFact(db, 'predictor', null);
}

/** As it is given; what it does not say of volumes of studies follows from them. */
function inputOf({ input, recipe, samples, volumes = [] }: NewProject): InputRecipe {
  const given = input ?? inputRecipeFor(samples);
  if (volumes.length === 0 || given.volume) return given;
  return volumeInput(given, { ...defaultVolumeRecipe(volumes.map(({ info }) => info)), ...recipe });
}

/** @param first keys of the first sample and the first volume */
export function insertSamples(
  db: Db,
  samples: readonly NewSample[],
  first: { readonly sample: number; readonly volume: number },
  hashOf: HashOf,
): void {
  const columns = 20;
  const sql = `INSERT INTO samples VALUES (${Array(columns).fill('?').join()})`;
  samples.forEach((s, i) =>
    db.run(
      sql,
      first.sample + i,
      s.id,
      s.contentHash,
      s.width,
      s.height,
      s.depth,
      s.channels,
      s.type,
      s.low,
      s.high,
      s.source,
      s.pixels.kind === 'pack' ? s.pixels.pack : null,
      s.pixels.kind === 'pack' ? s.pixels.offset : null,
      // A file of the same name as its sample is the rule.
      s.pixels.kind === 'file' && s.pixels.file !== s.id ? s.pixels.file : null,
      s.thumb?.offset ?? null,
      s.thumb?.width ?? null,
      s.thumb?.height ?? null,
      hashOf(s.patient),
      s.officialSplit,
      s.pixels.kind === 'series' ? first.volume + s.pixels.volume : null,
    ),
  );
}

/** @returns the position of the last event */
function insertLabels(db: Db, project: NewProject, device: string): number {
  const scheme: LabelScheme = {
    id: uuid7(),
    version: 1,
    kind: project.kind,
    ...checkedClasses(project.classes, project.positive, project.kind),
    retired: [],
    merged: {},
    split: {},
  };
  const time = new Date().toISOString();
  appendScheme(db, { id: uuid7(), device, clock: 1, time, reader: '', origin: 'imported', refers: null, scheme });
  const known = new Set(scheme.classes.map((c) => c.id));
  const batch = uuid7();
  let hash = NO_HASH;
  let position = 0;
  project.samples.forEach((sample, key) => {
    const value = valueIn(sample, known);
    const state = sample.state ?? (value === null ? 'unlabelled' : 'labelled');
    if (state === 'unlabelled') return;
    const reader = sample.reader?.trim() || null;
    const id = uuid7();
    position++;
    const event = {
      position,
      key,
      id,
      device,
      clock: position + 1,
      time,
      sample: sample.id,
      contentHash: sample.contentHash,
      scheme: scheme.id,
      schemeVersion: 1,
      target: TARGET_LABEL,
      box: null,
      reader: reader ?? IMPORT_READER,
      oldValue: null,
      newValue: value,
      oldState: 'unlabelled' as const,
      newState: state,
      reason: state === 'excluded' ? 'excluded in the data' : null,
      note: null,
      origin: 'imported' as const,
      context: null,
      batch,
      refers: null,
    };
    hash = appendEvent(db, event, hash);
    upsertLabel(db, key, { value, state, reader, reason: event.reason, note: null, event: id }, time, position);
  });
  return position;
}

/** @throws UserError `class-missing` for a class or question that the scheme does not have */
export function valueIn(sample: NewSample, known: ReadonlySet<number>): LabelValue {
  const answers = canonicalAnswers(sample.answers ?? {});
  const ids = sample.class === null ? Object.keys(answers).map(Number) : [sample.class];
  const missing = ids.find((id) => !known.has(id));
  if (missing !== undefined)
    throw new UserError('class-missing', `the sample "${sample.id}" is of class ${missing}, which there is not`);
  if (sample.class !== null) return { class: sample.class };
  return ids.length > 0 ? { answers } : null;
}
