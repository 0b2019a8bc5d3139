import type { Dataset } from './dataset';
import type { Frame } from './frame';
import * as tags from './tags';
import { cross, dot, moved, type Vec3 } from '@shared/space';

/** A Siemens mosaic: the slices of a volume as tiles of one picture. */
export interface Mosaic {
  /** Slices in it; the last tiles may be empty. */
  readonly tiles: number;
  /** Tiles along a row of the picture. */
  readonly across: number;
  /** The normal that the tiles ascend along. */
  readonly normal: Vec3 | undefined;
}

/**
 * What the image header of a mosaic says: ImageType has MOSAIC, the number of tiles is in (0019,100A) or in the CSA header, which also has
 * the direction in which tiles follow each other.
 */
export function readMosaic(data: Dataset): Mosaic | undefined {
  if (!data.texts(tags.ImageType).includes('MOSAIC')) return undefined;
  const csa =
    data.text(tags.SiemensOwner) === 'SIEMENS CSA HEADER' ? data.raw(tags.SiemensImageHeader.id) : Buffer.alloc(0);
  const own =
    data.text(tags.SiemensMosaicOwner) === 'SIEMENS MR HEADER' ? data.number(tags.SiemensMosaicCount) : undefined;
  const tiles = own ?? csaNumbers(csa, 'NumberOfImagesInMosaic')[0];
  if (tiles === undefined || !Number.isInteger(tiles) || tiles < 1 || tiles > 4096) return undefined;
  const [x, y, z] = csaNumbers(csa, 'SliceNormalVector');
  const normal: Vec3 | undefined = x !== undefined && y !== undefined && z !== undefined ? [x, y, z] : undefined;
  return { tiles, across: Math.ceil(Math.sqrt(tiles)), normal };
}

/** Values of a field in a CSA header, "SV10" or older; nothing where its layout is another one. */
export function csaNumbers(csa: Buffer, field: string): number[] {
  const at0 = csa.toString('latin1', 0, 4) === 'SV10' ? 8 : 0;
  if (csa.length < at0 + 8) return [];
  const count = csa.readUInt32LE(at0);
  if (count > 1000) return [];
  let at = at0 + 8;
  for (let i = 0; i < count && at + 84 <= csa.length; i++) {
    const name = csa.toString('latin1', at, at + 64).split('\0')[0];
    const items = csa.readUInt32LE(at + 76);
    at += 84;
    if (items > 1000) return [];
    const values: string[] = [];
    for (let k = 0; k < items && at + 16 <= csa.length; k++) {
      const length = csa.readUInt32LE(at + 4);
      at += 16;
      if (length > csa.length - at) return [];
      values.push(
        csa
          .toString('latin1', at, at + length)
          .split('\0')[0]!
          .trim(),
      );
      at += Math.ceil(length / 4) * 4;
    }
    if (name === field)
      return values
        .filter((v) => v !== '')
        .map(Number)
        .filter(Number.isFinite);
  }
  return [];
}

/** Each tile of a mosaic as a frame of its own, at its own place. */
export function tileFrames(frame: Frame, mosaic: Mosaic, rows: number, columns: number): Frame[] {
  const { row, column, position, spacing, stated, thickness } = frame;
  const step = stated ?? thickness;
  if (!row || !column || !position || !spacing || step === undefined) return [];
  const normal = cross(row, column);
  const along = mosaic.normal && dot(mosaic.normal, normal) < 0 ? -step : step;
  // The header places the first pixel of the whole picture as if it were one slice around the tile's centre.
  const { across } = mosaic;
  const right = ((columns - columns / across) / 2) * spacing[0];
  const down = ((rows - rows / across) / 2) * spacing[1];
  const first = moved(moved(position, row, right), column, down);
  return Array.from({ length: mosaic.tiles }, (_, tile) => ({
    ...frame,
    tile,
    position: moved(first, normal, along * tile),
  }));
}
