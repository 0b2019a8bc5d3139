import type { Client } from '@shared/contract';
import type { ProjectInfo, SplitPolicy } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { withProject } from '../session';

/** Pairs that are asked for at a time. */
const PAGE = 2000;

/** Lists pairs of duplicates; where near ones were not looked for on import it looks for them first, and changes no split. */
export const duplicatesCommand = (options: { project: string }, context: Context): Promise<Answer> =>
  withProject(options.project, async ({ client, info: before }) => {
    const info = before.splits.nearLookedFor ? before : await lookForNear(client, context);
    const pairs = [];
    for (let offset = 0, total = 1; offset < total; offset += PAGE) {
      const page = await client.project.pairs({ offset, limit: PAGE });
      total = page.total;
      pairs.push(
        ...page.pairs.map(({ a, b, exact, likeness, differentLabels, acrossSplits, joined }) => ({
          a: a.id,
          b: b.id,
          exact,
          likeness,
          differentLabels,
          acrossSplits,
          joined: joined ?? false,
        })),
      );
    }
    const { duplicates, splits, pairsUndecided } = info;
    const { nearLookedFor, testLeaks, patientLeaks } = splits;
    return {
      json: { nearLookedFor, duplicates: { ...duplicates, testLeaks }, undecided: pairsUndecided, pairs },
      text: [
        `${duplicates.exact} exact pairs, ${duplicates.near} near, ${duplicates.withDifferentLabels} with different labels; ${testLeaks} test samples have a twin in train or validation`,
        ...patientWords(patientLeaks),
        ...(nearLookedFor ? [] : ['near-duplicates not looked for: too many samples are alike']),
        ...(pairsUndecided > 0
          ? [
              `${pairsUndecided} pairs are not joined in version ${splits.version} of the splits: "residua resplit" makes a new one`,
            ]
          : []),
        table(
          ['sample', 'sample', 'likeness', 'joined'],
          pairs.map((p) => [p.a, p.b, p.likeness.toFixed(4), p.joined ? 'yes' : 'no']),
        ),
      ].join('\n'),
    };
  });

async function lookForNear(client: Client, { output, signal }: Context): Promise<ProjectInfo> {
  const cancel = (): void => void client.project.cancelNear({});
  signal.addEventListener('abort', cancel);
  const listening = new AbortController();
  void showProgress(client, output, listening.signal);
  try {
    const info = await client.project.lookForNear({ wait: true });
    if (signal.aborted) throw new UserError('cancelled', 'the search for near-duplicates was ended');
    if (info.nearSearch.state === 'failed')
      throw new UserError('run-failed', info.nearSearch.reason ?? 'near-duplicates could not be looked for');
    return info;
  } finally {
    listening.abort();
    signal.removeEventListener('abort', cancel);
  }
}

async function showProgress(client: Client, output: Context['output'], signal: AbortSignal): Promise<void> {
  try {
    for await (const event of await client.events({}, { signal }))
      if (event.type === 'near')
        output.progress(`looking for near-duplicates ${Math.floor(100 * event.search.done)} %`);
  } catch (error) {
    // The stream ends with the command; anything else is worth a word, but no reason to stop.
    if (!signal.aborted) output.note(`progress is not shown: ${String(error)}`);
  }
}

export interface ResplitOptions {
  project: string;
  splits?: SplitPolicy;
  seed?: number;
  voidTestScores?: boolean;
}

/** A new version of the splits, on labels and pairs of now. */
export const resplitCommand = (options: ResplitOptions): Promise<Answer> =>
  withProject(options.project, async ({ client, info: before }) => {
    const request = {
      policy: options.splits ?? before.splits.policy,
      seed: options.seed ?? before.splits.seed,
      pairs: {},
    };
    const { moved, voids } = await client.project.previewSplits(request);
    const voidTestScores = options.voidTestScores ?? false;
    const { splits, groups } = await client.project.resplit({ ...request, voidTestScores });
    const { version, policy, counts, leftOutAsLeak, testLeaks, patientLeaks, stratified, seed } = splits;
    return {
      json: {
        version,
        policy,
        seed,
        stratified,
        splits: counts,
        groups,
        leftOutAsLeak,
        testLeaks,
        moved,
        voided: voids.times,
      },
      text: [
        `version ${version} of the splits, ${policy}: ${counts.train} train, ${counts.val} validation, ${counts.test} test, in ${groups} groups`,
        `${moved} samples changed their split; ${leftOutAsLeak} left out as leaks; ${testLeaks} test samples have a twin in train or validation`,
        ...patientWords(patientLeaks),
        ...(voids.times > 0 ? [`${voids.times} test scores of before stand for nothing any more`] : []),
      ].join('\n'),
    };
  });

const patientWords = (leaks: number): string[] =>
  leaks > 0 ? [`${leaks} test samples are of patients who are in train or validation too`] : [];
