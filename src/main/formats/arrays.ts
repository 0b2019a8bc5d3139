import type { ArrayFile, NamedArray } from './types';
export function openArrays(path: string): Promise<ArrayFile> {
  return Promise.reject(new Error(`under construction: ${path}`));
}
export function streamArray(file: ArrayFile, name: string): AsyncIterable<Uint8Array> {
  throw new Error(`under construction: ${file.path} ${name}`);
}
export function readArray(path: string, name?: string): Promise<NamedArray> {
  return Promise.reject(new Error(`under construction: ${path} ${name}`));
}
