import type { ImportDraft, InspectOptions } from './index';
export function inspectImport(options: InspectOptions): Promise<ImportDraft> {
  return Promise.reject(new Error(`under construction: ${options.paths}`));
}
