import { resolve } from 'node:path';
import { RESEARCH_ONLY, table } from '../output';
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

export interface ModelOptions {
  project: string;
  run: string;
  out?: string;
}

/** A run's network as ONNX files, with how far each is off from the engine. */
export const exportModelCommand = ({ project, run, out }: ModelOptions): Promise<Answer> =>
  withProject(project, async ({ client }) => {
    const { folder, files } = await client.training.exportModel({ run, dir: out === undefined ? null : resolve(out) });
    const rows = files.map(({ name, bytes, precision, difference, compared }) => [
      name,
      precision,
      `${(bytes / 1e6).toFixed(1)} MB`,
      difference.toExponential(1),
      compared,
    ]);
    const text = [
      folder,
      table(['file', 'weights', 'size', 'off by at most', 'samples compared'], rows),
      RESEARCH_ONLY,
    ].join('\n');
    return { json: { folder, files }, text };
  });
