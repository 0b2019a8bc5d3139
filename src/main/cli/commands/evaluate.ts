import type { Client } from '@shared/contract';
import type { Estimate, Figures, Head, LabelScheme, ProjectInfo, RunSummary, Scope } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fixed, RESEARCH_ONLY, scoredWords, table } from '../output';
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
    // After the scoring, where this was one.
    const { testScored } = (await client.project.info({})) ?? info;
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
      testScored,
      scores: { probe: scoreOf('probe'), plain: scoreOf('plain'), chosen: scoreOf('chosen') },
      ...(best.answers.length > 0 ? { answers: answersJson(best, info.scheme) } : {}),
      figures: best,
    };
    const lines = [report(all, info.scheme, testScored), ...answerLines(best, info.scheme), RESEARCH_ONLY];
    return { json, text: lines.join('\n') };
  });
}

async function findRun(client: Client, id: string): Promise<RunSummary> {
  const run = (await client.training.runs({})).find((r) => r.id === id);
  if (!run) throw new UserError('run-missing', `the project has no run "${id}"`);
  return run;
}

const nameOf = ({ classes }: LabelScheme, id: number): string | undefined => classes.find((c) => c.id === id)?.name;

/** Each question's figures by its name. */
function answersJson({ answers }: Figures, scheme: LabelScheme): Record<string, object> {
  return Object.fromEntries(
    answers.map(({ class: id, auc, acc, yes, no, notAssessed }) => [
      nameOf(scheme, id) ?? String(id),
      { auc: auc.value, acc: acc.value, yes, no, notAssessed },
    ]),
  );
}

function answerLines({ head, answers }: Figures, scheme: LabelScheme): string[] {
  if (answers.length === 0) return [];
  const rows = answers.map((a) => [
    nameOf(scheme, a.class) ?? String(a.class),
    interval(a.auc),
    interval(a.balancedAccuracy),
    String(a.yes),
    String(a.no),
    String(a.notAssessed),
  ]);
  return [table([`answers, ${head}`, 'AUC', 'balanced accuracy', 'yes', 'no', 'not assessed'], rows)];
}

const interval = ({ value, low, high, method }: Estimate): string =>
  value === null
    ? 'not defined'
    : low === null
      ? fixed(value)
      : `${fixed(value)} [${fixed(low)}, ${fixed(high)}] ${method}`;

function report(all: readonly Figures[], scheme: LabelScheme, tests: ProjectInfo['testScored']): string {
  const rows = all.map((f) => [
    f.head,
    interval(f.auc),
    interval(f.acc),
    fixed(f.majority),
    interval(f.balancedAccuracy),
  ]);
  const { samples, groups, scope, timesScored, warnings } = all[0]!;
  const positive = nameOf(scheme, all[0]!.positive ?? -1);
  return [
    `${scope}: ${samples} samples in ${groups} groups${positive === undefined ? '' : `, positive: ${positive}`}`,
    table(['head', 'AUC', 'ACC', 'majority', 'balanced accuracy'], rows),
    ...(scope === 'test' ? [scoredWords(timesScored, tests)] : []),
    ...warnings.map((warning) => `note: ${warningWords(warning, scheme)}`),
  ].join('\n');
}

/** Why a figure should not be leaned on, as the Check page says it. */
function warningWords({ key, values }: Figures['warnings'][number], scheme: LabelScheme): string {
  const name = nameOf(scheme, Number(values.class)) ?? String(values.class);
  const words: Record<string, string> = {
    'training-variance': 'out-of-fold intervals leave out the variance of training',
    'validation-unreliable': 'validation has fewer than 20 groups of some class: lean on the out-of-fold figures',
    'test-leaks': `${values.samples} test samples have a twin in training or validation: the figures may be too good`,
    'patient-leaks': `${values.samples} test samples are of patients who are in training or validation too: the figures may be too good`,
    'class-absent': `no sample here is labelled "${name}": its figures are not defined`,
    'few-samples': `only ${values.samples} samples: the figures say little`,
    'answer-one-sided': `"${name}" was answered here with only one of yes and no: its AUC is not defined, and no mean counts it`,
  };
  return words[key] ?? key;
}
