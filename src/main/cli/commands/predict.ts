import { resolve } from 'node:path';
import type { Where } from '@shared/domain';
import { whereOf } from '../options';
import { RESEARCH_ONLY, table } from '../output';
import type { Answer } from '../output';
import { withProject } from '../session';

/** Probabilities of the samples of a project, or of files that are no part of it. */
export function predictCommand(
  files: string[],
  { run, project, ...on }: { project: string; run?: string } & Partial<Where>,
): Promise<Answer> {
  return withProject(project, async ({ client, info }) => {
    const list = await client.insight.predictions({
      run: run ?? null,
      head: null,
      files: files.length > 0 ? files.map((file) => resolve(file)) : undefined,
      on: whereOf(on),
    });
    const names = [...info.scheme.classes].sort((a, b) => a.order - b.order).map((c) => c.name);
    const rows = list.predictions.map(({ sample, split, probabilities, kind }) => [
      sample,
      split,
      ...names.map((name) => (probabilities[name] ?? NaN).toFixed(3)),
      kind,
    ]);
    const what = files.length > 0 ? 'images of these files are test samples of the project and' : 'test samples';
    const withheld =
      list.withheld > 0
        ? [`${list.withheld} ${what} are not shown: this run has not scored the test split (evaluate --split test).`]
        : [];
    return {
      json: list,
      text: [table(['sample', 'split', ...names, 'kind'], rows), ...withheld, RESEARCH_ONLY].join('\n'),
    };
  });
}
