import type { VolumeRefusal } from '@shared/domain';
import { fileProblem } from './files';
import type { VolumeEntry, VolumeListing } from './types';

/** Lists files one by one; what cannot be read is refused, and the rest goes on. Defects of ours are thrown. */
export async function listEach(
  files: readonly string[],
  list: (file: string) => Promise<readonly VolumeEntry[]>,
  signal?: AbortSignal,
): Promise<VolumeListing> {
  const volumes: VolumeEntry[] = [];
  const refused: VolumeRefusal[] = [];
  for (const file of files) {
    signal?.throwIfAborted();
    try {
      volumes.push(...(await list(file)));
    } catch (error) {
      refused.push(problemOf(file, error).toRefusal());
    }
  }
  return { volumes, refused };
}

/** A refusal of what the file or the system did wrong. @throws any error that is neither */
export function problemOf(file: string, error: unknown): ReturnType<typeof fileProblem> {
  const known =
    error instanceof Error && (error.name === 'VolumeProblem' || error.name === 'UserError' || 'code' in error);
  if (!known) throw error;
  return fileProblem(file, error);
}
