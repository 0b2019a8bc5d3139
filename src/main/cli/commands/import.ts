import { resolve } from 'node:path';
import { localClient } from '@main/api';
import type { Client } from '@shared/contract';
import type { ImportResult, ImportReview, SplitPolicy } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { ownServices } from '../session';

export interface ImportOptions {
  project: string;
  name?: string;
  table?: string;
  splits?: SplitPolicy;
  positive?: string;
  ordered?: boolean;
  flips?: boolean;
  inPlace?: boolean;
}

/** Reads files and makes a project of them; nothing is left behind where it fails or is cancelled. */
export async function importCommand(paths: string[], options: ImportOptions, context: Context): Promise<Answer> {
  const services = ownServices();
  try {
    const result = await importProject(localClient(services), { paths }, options, context);
    return { json: result, text: report(result) };
  } finally {
    await services.close();
  }
}

/** @param what paths, or the name of a bundled sample */
export async function importProject(
  client: Client,
  what: { paths: readonly string[]; sample?: string },
  options: ImportOptions,
  context: Context,
): Promise<ImportResult> {
  const { importId } = await client.imports.inspect({
    paths: what.paths.map((path) => resolve(path)),
    sample: what.sample,
    table: options.table && resolve(options.table),
    name: options.name,
  });
  const cancel = (): void => void client.imports.cancel({ importId });
  context.signal.addEventListener('abort', cancel);
  const listening = new AbortController();
  void showProgress(client, importId, context, listening.signal);
  try {
    const review = await client.imports.review({ importId });
    return await client.imports.commit({
      importId,
      decisions: {
        name: options.name ?? review.name,
        dir: resolve(options.project),
        policy: policyOf(options.splits, review),
        positive: positiveOf(options.positive, review),
        kind: options.ordered ? 'ordered' : review.kind,
        flips: options.flips ?? false,
        inPlace: options.inPlace,
        pairs: {},
        seed: 1,
      },
    });
  } finally {
    listening.abort();
    context.signal.removeEventListener('abort', cancel);
  }
}

/** Official splits where the data brings them, else new ones. @throws UserError value-invalid for ones that it does not bring */
function policyOf(asked: SplitPolicy | undefined, review: ImportReview): SplitPolicy {
  if (review.officialSplits === null && asked !== undefined && asked !== 'new')
    throw new UserError(
      'value-invalid',
      `the data brings no splits of its own, so "${asked}" cannot be kept: use "new"`,
    );
  return asked ?? (review.officialSplits ? 'official' : 'new');
}

/** @throws UserError class-missing naming the classes that there are */
function positiveOf(name: string | undefined, review: ImportReview): number | null {
  if (name === undefined) return review.suggested.positive;
  const found = review.classes.find((c) => c.name === name) ?? review.classes.find((c) => c.short === name);
  if (!found) {
    const names = review.classes.map((c) => `"${c.name}"`).join(', ');
    throw new UserError('class-missing', `there is no class "${name}"; there are ${names}`);
  }
  return found.id;
}

async function showProgress(client: Client, importId: string, { output }: Context, signal: AbortSignal): Promise<void> {
  try {
    for await (const event of await client.events({}, { signal })) {
      if (event.type !== 'import' || event.progress.importId !== importId) continue;
      const { stage, done, total } = event.progress;
      output.progress(`${stage} ${total > 0 ? `${Math.floor((100 * done) / total)} %` : ''}`);
    }
  } catch (error) {
    // The stream ends with the command; anything else is worth a word, but no reason to stop.
    if (!signal.aborted) output.note(`progress is not shown: ${String(error)}`);
  }
}

function report(result: ImportResult): string {
  const { splits, duplicates: d } = result;
  const lines = [
    `${result.samples} samples in ${result.groups} groups: ${splits.train} train, ${splits.val} validation, ${splits.test} test`,
    `classes: ${result.classes.join('; ')}`,
    `duplicates: ${d.exact} exact pairs, ${d.near} near, ${d.withDifferentLabels} with different labels; ${d.testLeaks} test samples have a twin in train or validation`,
  ];
  if (result.quarantined.length > 0)
    lines.push(
      `${result.quarantined.length} files left out:`,
      table(
        ['file', 'reason'],
        result.quarantined.map(({ file, reason }) => [file, reason]),
      ),
    );
  if (result.backupsTo)
    lines.push(
      `${result.backupsTo} lies on a network or in a cloud's folder, where a database may be damaged: dated backups go there, and the project itself lies on this machine (--in-place keeps it there)`,
    );
  return [...lines, `project: ${result.project}`].join('\n');
}
