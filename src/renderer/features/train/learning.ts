import type { MetricsLine, RunProgress } from '@shared/domain';

/** Adds the news of a running run to what its folder said; the log keeps its last 200 lines. */
export function withProgress(
  detail: { readonly lines: readonly MetricsLine[]; readonly log: readonly string[] },
  progress: RunProgress,
): { lines: MetricsLine[]; log: string[] } {
  return {
    lines: progress.line ? [...detail.lines, progress.line] : [...detail.lines],
    log: progress.log === null ? [...detail.log] : [...detail.log, progress.log].slice(-200),
  };
}
