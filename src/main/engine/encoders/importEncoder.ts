import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { openCheckpoint, smallestExact } from '@main/formats';
import type { StoredTensor } from '@main/formats';
import type { EncoderOffer, LibraryEncoder } from '@shared/domain';
import { keepInLibrary, libraryHash, listLibrary } from '../libraryFiles';
import { encoderHead, encoderHeadOf, ENCODER_KEY, isLibraryEncoder } from './library';
import { wrongFile } from './layout';
import { openEncoder } from './load';

/** What a file or folder offers to be imported, by its headers. @throws UserError */
export async function inspectEncoder(path: string): Promise<EncoderOffer> {
  const { format, family, name, licence, config, imageSize, channels, parameters, types } = await openEncoder(path);
  const { width, heads, layers, patch } = config;
  const sizes = { width, heads, layers, patch, parameters, imageSize, channels };
  return { path, format, family, name, licence, ...sizes, types: [...types] };
}

/**
 * Takes an encoder out of any file into a safetensors file of its own in `folder`, each tensor in the smallest type that holds it
 * exactly, for RGB pictures normalised as ImageNet's. The same encoder again is the same file.
 * @throws UserError as reading and writing
 */
export async function importEncoder(path: string, folder: string): Promise<LibraryEncoder> {
  const file = await openEncoder(path);
  const { config, params } = await file.load();
  const { family, name, licence } = file;
  const head = encoderHead.parse({ format: 1, family, name, licence, from: basename(resolve(path)), config });
  const stored = Object.fromEntries(
    Object.entries(params).map(([key, { shape, data }]): [string, StoredTensor] => [
      key,
      { shape, ...smallestExact(data) },
    ]),
  );
  const words = [name ?? family];
  return libraryEntry(await keepInLibrary(folder, words, stored, { [ENCODER_KEY]: JSON.stringify(head) }));
}

/** The encoders of a library; files that are none are left out. By name. */
export const libraryEncoders = (folder: string): Promise<LibraryEncoder[]> => listLibrary(folder, libraryEntry);

async function libraryEntry(path: string): Promise<LibraryEncoder> {
  const checkpoint = await openCheckpoint(path);
  if (!isLibraryEncoder(checkpoint)) throw wrongFile(path, 'it is no encoder that Residua imported');
  const { family, name, licence, from, config } = encoderHeadOf(checkpoint);
  const { width, heads, layers, patch } = config;
  const parameters = [...checkpoint.tensors.values()].reduce(
    (sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1),
    0,
  );
  const about = { family, name, licence, from, width, heads, layers, patch, parameters };
  return { id: basename(path), path, ...about, sha256: await libraryHash(path), bytes: (await stat(path)).size };
}
