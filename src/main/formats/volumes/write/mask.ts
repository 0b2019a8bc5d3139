import { randomUUID } from 'node:crypto';
import { writeFile, rename, rm } from 'node:fs/promises';
import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { MaskGeometry, MaskSegment } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fileError } from '../../file';
import { niftiHeader } from './nifti';

/** A mask that leaves the app. */
export interface WrittenMask {
  readonly name: string;
  readonly geometry: MaskGeometry;
  readonly segments: readonly MaskSegment[];
  /** Indices of segments, first axis fastest. */
  readonly data: Uint8Array;
}

/** The format that a name stands for. @throws UserError `value-invalid` where it stands for none */
export function maskFormat(to: string): 'nifti' | 'seg' {
  if (/\.nii(\.gz)?$/i.test(to)) return 'nifti';
  if (/\.dcm$/i.test(to)) return 'seg';
  throw new UserError('value-invalid', 'masks are written as .nii.gz, .nii or .dcm (DICOM SEG)', { file: to });
}

/** The file appears whole or not at all. @throws UserError */
export async function writeWhole(to: string, bytes: Uint8Array): Promise<void> {
  const part = `${to}.${randomUUID().slice(0, 8)}.part`;
  try {
    await writeFile(part, bytes, { flag: 'wx' });
    await rename(part, to);
  } catch (error) {
    await rm(part, { force: true });
    throw fileError(error, to);
  }
}

const zipped = promisify(gzip);

/**
 * A mask as a NIfTI label map in the smallest whole type that holds its values, on the grid of its image.
 * @throws UserError where slices lie unevenly: NIfTI has one step
 */
export async function maskNifti({ geometry, segments, data }: WrittenMask, to: string): Promise<Uint8Array> {
  if (geometry.positions)
    throw new UserError(
      'value-invalid',
      'NIfTI cannot say where the slices of an unevenly spaced stack lie; write a DICOM SEG (.dcm) instead',
      { file: to },
    );
  const most = Math.max(...segments.map(({ value }) => value));
  const type = most < 256 ? 'uint8' : most < 65_536 ? 'uint16' : 'int32';
  const Values = { uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array }[type];
  const table = [0, ...segments.map(({ value }) => value)];
  const values = new Values(data.length);
  for (let i = 0; i < data.length; i += 1) values[i] = table[data[i]!]!;
  const head = niftiHeader({ ...geometry, type, components: 1 }, 'stored', to);
  const whole = Buffer.concat([head, new Uint8Array(values.buffer)]);
  return /\.gz$/i.test(to) ? zipped(whole, { level: 6 }) : whole;
}

/** `value name` a line, as label maps of atlases carry it and as Residua reads it beside one. */
export const namesTable = (segments: readonly MaskSegment[]): string =>
  segments.map(({ value, name }) => `${value} ${name.replace(/[\s,;"]+/g, '_')}\n`).join('');
