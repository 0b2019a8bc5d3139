import type { Client } from '@shared/contract';
import type { Estimate, Figures, Head, RunSummary, Scope } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fixed, table } from '../output';
import type { Answer } from '../output';
import { withProject } from '../session';

export interface EvaluateOptions {
  project: string;
  run: string;
  split: Scope;
}

/** Figures of a run. `test` is the logged scoring: it reveals all heads of the run at once. */
export function evaluateCommand({ project, run: id, split }: EvaluateOptions): Promise<Answer> {
  return withProject(project, async ({ client, info }) => {
    const run = split === 'test' ? await client.training.scoreTest({ run: id }) : await findRun(client, id);
    const heads = (['probe', 'plain', 'chosen'] as const).filter((head) => run.scores[head]?.[split]);
    const all = await Promise.all(heads.map((head) => client.insight.figures({ run: id, head, scope: split })));
    const best = all.find(({ head }) => head === run.predictor) ?? all[0];
    if (!best)
      throw new UserError('run-refused', `the run has no figures for "${split}" (it is ${run.state})`, { file: id });
    const scoreOf = (head: Head): { auc: number | null; acc: number | null } | null => {
      const figures = all.find((f) => f.head === head);
      return figures ? { auc: figures.auc.value, acc: figures.acc.value } : null;
    };
    const json = {
      run: id,
      split,
      head: best.head,
      auc: best.auc.value,
      acc: best.acc.value,
      samples: best.samples,
      timesScored: best.timesScored,
      scores: { probe: scoreOf('probe'), plain: scoreOf('plain'), chosen: scoreOf('chosen') },
      figures: best,
    };
    return { json, text: report(all, info.scheme.classes.find((c) => c.id === best.positive)?.name) };
  });
}

async function findRun(client: Client, id: string): Promise<RunSummary> {
  const run = (await client.training.runs({})).find((r) => r.id === id);
  if (!run) throw new UserError('run-missing', `the project has no run "${id}"`);
  return run;
}

const interval = ({ value, low, high, method }: Estimate): string =>
  value === null
    ? 'not defined'
    : low === null
      ? fixed(value)
      : `${fixed(value)} [${fixed(low)}, ${fixed(high)}] ${method}`;

function report(all: readonly Figures[], positive: string | undefined): string {
  const rows = all.map((f) => [
    f.head,
    interval(f.auc),
    interval(f.acc),
    fixed(f.majority),
    interval(f.balancedAccuracy),
  ]);
  const { samples, groups, scope, timesScored, warnings } = all[0]!;
  return [
    `${scope}: ${samples} samples in ${groups} groups${positive === undefined ? '' : `, positive: ${positive}`}`,
    table(['head', 'AUC', 'ACC', 'majority', 'balanced accuracy'], rows),
    ...(scope === 'test' ? [`The test split was scored ${timesScored} times.`] : []),
    ...warnings.map(({ key }) => `note: ${key}`),
  ].join('\n');
}
