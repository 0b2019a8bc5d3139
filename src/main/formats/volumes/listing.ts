import type { VolumeRefusal } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fileProblem } from './files';
import { VolumeProblem } from './problem';
import type { VolumeEntry, VolumeListing } from './types';

/** Lists files one by one; what cannot be read is refused, and the rest goes on. */
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

/** The reader named where it failed by a defect of its own. */
export const OURS = 'Residua';

/** Any failure as the refusal of one file, so that the others go on. A defect of ours is said as such, and its trace on stderr. */
export function problemOf(file: string, error: unknown): VolumeProblem {
  const known = error instanceof VolumeProblem || error instanceof UserError;
  if (known || (error instanceof Error && 'code' in error)) return fileProblem(file, error);
  console.error(error);
  const detail = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
  return new VolumeProblem(file, 'codec-failed', { codec: OURS, detail }, { cause: error });
}
