import type { GgufFile } from './types';
export function openGguf(path: string): Promise<GgufFile> {
  return Promise.reject(new Error(`under construction: ${path}`));
}
