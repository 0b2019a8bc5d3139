import type { RunState } from '@shared/domain';
import { readStatus, RUN_FILES, writeJson } from './runFiles';

/** Writes how a run ended into its folder, for a process that could not do it itself any more. A finished run stays finished. */
export async function markRun(folder: string, state: RunState, error: string | null = null): Promise<void> {
  const status = readStatus(folder);
  if (status.state === 'done') return;
  await writeJson(folder, RUN_FILES.state, { ...status, state, error });
}
