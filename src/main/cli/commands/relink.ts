import { resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Context } from '../context';
import type { Answer } from '../output';
import { withProject } from '../session';
import { runTask } from '../task';

/** Finds the originals again below one folder; fails where none was found. */
export function relinkCommand(folder: string, options: { project: string }, context: Context): Promise<Answer> {
  return withProject(options.project, async ({ client }) => {
    const id = randomUUID();
    const found = await runTask(client, id, context, () => client.storage.relink({ id, dir: resolve(folder) }));
    const { matched, missing, missingInAll, different, differentInAll, rebuilt } = found;
    const list = (names: readonly string[], inAll: number): string[] => [
      ...names.slice(0, 20).map((name) => `  ${name}`),
      ...(inAll > 20 ? [`  and ${inAll - 20} more`] : []),
    ];
    const lines = [
      `${matched} samples found and verified by their hash${rebuilt ? ', pictures made anew' : ''}`,
      ...(missingInAll > 0 ? [`not found: ${missingInAll}`, ...list(missing, missingInAll)] : []),
      ...(differentInAll > 0
        ? [`there, but with other content: ${differentInAll}`, ...list(different, differentInAll)]
        : []),
    ];
    return { failed: matched === 0, json: found, text: lines.join('\n') };
  });
}
