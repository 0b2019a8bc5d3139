import type { Services } from './services';

/** A binary answer in the format of `@shared/pixels`, or an error as JSON (`UserErrorData`). */
export interface PixelAnswer {
  readonly status: number;
  readonly type: 'application/octet-stream' | 'application/json';
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Answers one URL below `pixels/`. @param path with its query, e.g. `of/<project id>/thumbs?keys=1,2` */
export async function pixelResponse(_services: Services, _path: string): Promise<PixelAnswer> {
  throw new Error('under construction');
}
