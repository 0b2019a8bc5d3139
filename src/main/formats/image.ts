import type { DecodedImage } from './types';
export function decodeImage(path: string): Promise<DecodedImage> {
  return Promise.reject(new Error(`under construction: ${path}`));
}
