import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from './atomicFile';
import { z } from 'zod';
import { sourceKind, tableMap, volumeSubject } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { GivenCopy } from '@shared/domain';
import type { ProjectSource } from './types';

const source = z.object({
  path: z.string(),
  located: z.array(z.string()).readonly().optional(),
  kind: sourceKind,
  hash: z.string().nullable(),
  bytes: z.number(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).optional(),
  map: tableMap.optional(),
}) satisfies z.ZodType<ProjectSource>;

/** Where a study's volume lies and whose it is, as its files say it. */
const volumeOriginal = z.object({
  /** Number of its source. */
  source: z.number().int(),
  /** Below the source, with `/`; every file's name follows it. */
  folder: z.string(),
  files: z.array(z.string()),
  /** Which of the volumes in just these files. */
  part: z.number().int(),
  /** Sizes and times of change of the files when they were read last: as long as they stay, so do the voxels. */
  state: z.string(),
  subject: volumeSubject.nullable(),
  study: z.object({ uid: z.string(), description: z.string(), date: z.string() }).nullable(),
  series: z.object({ uid: z.string(), description: z.string() }).nullable(),
});
export type VolumeOriginal = z.infer<typeof volumeOriginal>;

const identityFile = z.object({
  /** Key of the hash that stands for a patient everywhere else, hex. */
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  sources: z.array(source),
  quarantined: z.array(z.object({ file: z.string(), reason: z.string() })),
  /** Hash → PatientID as the source names it. */
  patients: z.record(z.string(), z.string()),
  /** By the volume's pseudonym. */
  volumes: z.record(z.string(), volumeOriginal).default({}),
});
/** All that says whose the data are and where they lie: one local file that no export contains. */
export type Identity = z.infer<typeof identityFile>;

export const IDENTITY = 'identity.json';
/** Folder in a project whose originals travel with it. */
export const ORIGINALS = 'originals';

export const newSecret = (): string => randomBytes(32).toString('hex');

/** A keyed hash, hex: who does not have the key cannot try names. @param what keeps hashes of different things apart */
export const keyedHash = (secret: string, what: string, value: string): string =>
  createHmac('sha256', Buffer.from(secret, 'hex')).update(`${what}\0${value}`).digest('hex');

const ISSUER_END = '\0';

/** A patient as sources name one: by number, and by who gave the number where they say it. */
export const patientOf = (id: string, issuer: string): string => (issuer === '' ? id : issuer + ISSUER_END + id);

/** What stands for a patient in the database, in run folders and exports. @param patient see `patientOf` */
export function patientKey(secret: string, patient: string): string {
  const at = patient.indexOf(ISSUER_END);
  return keyedHash(secret, patient.slice(0, Math.max(0, at)), patient.slice(at + 1)).slice(0, 32);
}

export function writeIdentity(dir: string, identity: Identity): void {
  writeFileAtomic(join(dir, IDENTITY), JSON.stringify(identity), 0o600);
}

/**
 * @param given what a copy that was given away without this file knows of its sources; null where the file must be there
 * @throws UserError `project-damaged` where it is missing or not ours
 */
export function readIdentity(dir: string, given: GivenCopy | null = null): Identity {
  const file = join(dir, IDENTITY);
  if (given && !existsSync(file)) return withheldIdentity(given);
  try {
    return identityFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new UserError('project-damaged', 'the file that says where the originals lie is missing or damaged', {
      file,
      cause,
    });
  }
}

/** No patients, no folders; a secret of its own, so that nothing here can be traced to the data's owner. */
function withheldIdentity(given: GivenCopy): Identity {
  const sources = given.sources.map(({ name, kind, hash, bytes, batch }, i) => ({
    path: given.originals ? `${ORIGINALS}/${i}/${name}` : name,
    kind,
    hash,
    bytes,
    ...(batch === undefined ? {} : { details: { batch } }),
  }));
  return { secret: newSecret(), sources, quarantined: [], patients: {}, volumes: {} };
}
