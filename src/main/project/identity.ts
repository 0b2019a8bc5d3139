import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from './atomicFile';
import { z } from 'zod';
import { UserError } from '@shared/errors';
import type { ProjectSource } from './types';

const source = z.object({
  path: z.string(),
  kind: z.enum(['npz', 'npy', 'folder']),
  hash: z.string().nullable(),
  bytes: z.number(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).optional(),
}) satisfies z.ZodType<ProjectSource>;

const identityFile = z.object({
  /** Key of the hash that stands for a patient everywhere else, hex. */
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  sources: z.array(source),
  quarantined: z.array(z.object({ file: z.string(), reason: z.string() })),
  /** Hash → PatientID as the source names it. */
  patients: z.record(z.string(), z.string()),
});
/** All that says whose the data are and where they lie: one local file that no export contains. */
export type Identity = z.infer<typeof identityFile>;

export const newSecret = (): string => randomBytes(32).toString('hex');

/** What stands for a patient in the database, in run folders and exports. */
export function patientKey(secret: string, patient: string, issuer = ''): string {
  return createHmac('sha256', Buffer.from(secret, 'hex')).update(`${issuer}\0${patient}`).digest('hex').slice(0, 32);
}

export function writeIdentity(dir: string, identity: Identity): void {
  writeFileAtomic(join(dir, 'identity.json'), JSON.stringify(identity), 0o600);
}

/** @throws UserError `project-damaged` where it is missing or not ours */
export function readIdentity(dir: string): Identity {
  const file = join(dir, 'identity.json');
  try {
    return identityFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new UserError('project-damaged', 'the file that says where the originals lie is missing or damaged', {
      file,
      cause,
    });
  }
}
