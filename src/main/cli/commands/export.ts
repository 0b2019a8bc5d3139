import { resolve } from 'node:path';
import type { Answer } from '../output';
import { withProject } from '../session';

export interface MethodsOptions {
  project: string;
  out?: string;
  run?: string;
  language: 'en' | 'zh-CN';
}

/** The methods report of a project, into a folder. */
export const exportMethods = ({ project, out, run, language }: MethodsOptions): Promise<Answer> =>
  withProject(project, async ({ client }) => {
    const dir = out === undefined ? null : resolve(out);
    const { folder, files } = await client.insight.report({ dir, run: run ?? null, language });
    return { json: { folder, files }, text: [`${files.length} files in ${folder}`, ...files].join('\n') };
  });
