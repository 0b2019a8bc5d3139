import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { limitWords } from '@main/project/copy';
import type { Context } from '../context';
import type { Answer } from '../output';
import { withProject } from '../session';
import { runTask } from '../task';

export interface GiveOptions {
  project: string;
  originals?: boolean;
  cache: boolean;
  identity?: boolean;
}

/** Copies a project for a colleague, and says what cannot be done with the copy. */
export function giveCommand(folder: string, options: GiveOptions, context: Context): Promise<Answer> {
  const parts = {
    originals: options.originals ?? false,
    cache: options.cache,
    identity: options.identity ?? false,
  };
  return withProject(options.project, async ({ client }) => {
    const id = randomUUID();
    const copy = await runTask(client, id, context, () => client.storage.copy({ id, dir: resolve(folder), parts }));
    const lines = [
      `${copy.samples} samples, ${copy.files} files, ${(copy.bytes / 1e6).toFixed(1)} MB, verified: ${copy.dir}`,
      ...(copy.missingOriginals.length > 0 ? [`${copy.missingOriginals.length} originals are not there`] : []),
      ...copy.limits.map(limitWords),
    ];
    return { json: copy, text: lines.join('\n') };
  });
}
