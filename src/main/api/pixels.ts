import { augmentation, type Augmentation } from '@shared/domain';
import { errorData, UserError } from '@shared/errors';
import { encodeFrames, VOLUMES_READ, type Frame, type VolumesRead } from '@shared/pixels';
import type { Services } from './services';
import type { Session } from './session';

/** A binary answer in the format of `@shared/pixels`, or an error as JSON (`UserErrorData`). */
export interface PixelAnswer {
  readonly status: number;
  readonly type: 'application/octet-stream' | 'application/json';
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Frames in one answer. */
const MOST_KEYS = 200;

/**
 * Answers one URL below `pixels/`: `draft/<import>?keys=…`, `studies?keys=…`, `volume/<token>?slices=…`, and `thumbs?keys=…`, `sample/<key>`, `input/<key>`, before
 * which a window puts `of/<project id>/` so that it never gets pixels of another project.
 */
export async function pixelResponse(services: Services, path: string): Promise<PixelAnswer> {
  try {
    return { status: 200, type: 'application/octet-stream', body: encodeFrames(await framesAt(services, path)) };
  } catch (error) {
    if (!(error instanceof UserError)) console.error(`pixels/${path} failed`, error);
    const body = new TextEncoder().encode(JSON.stringify(errorData(error)));
    return { status: error instanceof UserError ? 422 : 500, type: 'application/json', body };
  }
}

async function framesAt(services: Services, path: string): Promise<Frame[]> {
  const url = new URL(path, 'http://pixels/');
  let parts = url.pathname.slice(1).split('/');
  if (parts[0] === 'draft') return services.imports.thumbs(decodeURIComponent(parts[1] ?? ''), keysOf(url));
  if (parts[0] === 'studies') return services.studies.thumbs(keysOf(url));
  if (parts[0] === 'volume') {
    const [first, last] = (url.searchParams.get('slices') ?? '').split('-').map(toKey);
    return [await services.volumes.slices(decodeURIComponent(parts[1] ?? ''), first!, last ?? first!)];
  }
  await services.ready();
  if (parts[0] === 'of') {
    services.expectProject(parts[1] ?? '');
    parts = parts.slice(2);
  }
  const session = services.session();
  const [what, key] = parts;
  if (what === 'thumbs' && parts.length === 1) return session.project.pixels.thumbs(known(session, keysOf(url)));
  if (what === 'sample' && parts.length === 2)
    return [await session.project.pixels.frame(known(session, [toKey(key)])[0]!)];
  if (what === 'input' && parts.length === 2) return [await session.inputFrame(known(session, [toKey(key)])[0]!)];
  if (what === 'augmented' && parts.length === 1)
    return session.augmentedFrames(known(session, keysOf(url)), augmentationIn(url), volumesIn(url));
  throw new UserError('value-invalid', 'there are no such pixels');
}

function volumesIn(url: URL): VolumesRead | null {
  const said = url.searchParams.get('volumes');
  return VOLUMES_READ.find((name) => name === said) ?? null;
}

function augmentationIn(url: URL): Augmentation {
  let value: unknown;
  try {
    value = JSON.parse(url.searchParams.get('as') ?? '');
  } catch (cause) {
    throw new UserError('value-invalid', 'how pictures are changed is said as JSON', { cause });
  }
  const said = augmentation.safeParse(value);
  if (!said.success)
    throw new UserError('value-invalid', 'pictures cannot be changed like that', { cause: said.error });
  return said.data;
}

function toKey(text: string | null | undefined): number {
  if (!text || !/^\d{1,9}$/.test(text)) throw new UserError('value-invalid', 'a key is a whole number');
  return Number(text);
}

function keysOf(url: URL): number[] {
  const keys = (url.searchParams.get('keys') ?? '').split(',').map(toKey);
  if (keys.length > MOST_KEYS) throw new UserError('value-invalid', `at most ${MOST_KEYS} pictures at a time`);
  return keys;
}

function known(session: Session, keys: readonly number[]): number[] {
  const missing = keys.find((key) => key >= session.project.index.size);
  if (missing !== undefined) throw new UserError('sample-missing', `no sample has the key ${missing}`);
  return [...keys];
}
