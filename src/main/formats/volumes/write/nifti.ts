import type { VolumeHeader, VoxelType } from '@shared/domain';
import { UserError } from '@shared/errors';
import { affineOf, cross, dot, flipAffine, length, scaled } from '../geometry';
import type { Affine, Vector } from '../geometry';
import { VOXEL_BYTES } from '../voxels';
import type { WrittenType } from './type';

const CODES: Readonly<Partial<Record<VoxelType, number>>> = {
  uint8: 2,
  int16: 4,
  int32: 8,
  float32: 16,
  float64: 64,
  int8: 256,
  uint16: 512,
  uint32: 768,
};
const RGB = 128;
const BYTES = 348;
const OFFSET = 352;
const MOST_SIDE = 32_767;
const MILLIMETRES = 2;
const SCANNER = 1;
const DESCRIPTION = 'Residua: for research, not for diagnosis';

/** A NIfTI-1 header (nifti1.h), placed by its sform and, where the grid is not sheared, its qform; neither where nothing is known. */
export function niftiHeader(
  header: Pick<VolumeHeader, 'size' | 'spacing' | 'origin' | 'direction' | 'spacingKind' | 'type' | 'components'>,
  written: WrittenType,
  to: string,
): Buffer {
  if (header.size.some((n) => n > MOST_SIDE))
    throw new UserError('value-invalid', `NIfTI holds at most ${MOST_SIDE} voxels along an axis; write it as .nrrd`, {
      file: to,
    });
  const type = written === 'float32' ? 'float32' : header.type;
  const code = header.components === 3 ? RGB : CODES[type];
  if (code === undefined || (header.components === 3 && type !== 'uint8'))
    throw new UserError('value-invalid', `NIfTI has no such values (${header.components} × ${type})`, { file: to });
  const b = Buffer.alloc(OFFSET);
  b.writeInt32LE(BYTES, 0);
  [3, ...header.size, 1, 1, 1, 1].forEach((n, i) => b.writeInt16LE(n, 40 + 2 * i));
  b.writeInt16LE(code, 70);
  b.writeInt16LE(8 * VOXEL_BYTES[type] * header.components, 72);
  const placed = header.spacingKind !== 'none';
  const ras = flipAffine(affineOf(header));
  const quaternion = placed ? quaternionOf(ras) : null;
  [quaternion?.handed ?? 1, ...header.spacing, 1, 1, 1, 1].forEach((n, i) => b.writeFloatLE(n, 76 + 4 * i));
  b.writeFloatLE(OFFSET, 108);
  b.writeFloatLE(1, 112);
  b.writeUInt8(placed ? MILLIMETRES : 0, 123);
  b.write(DESCRIPTION, 148, 79, 'latin1');
  if (quaternion) {
    b.writeInt16LE(SCANNER, 252);
    quaternion.bcd.forEach((n, i) => b.writeFloatLE(n, 256 + 4 * i));
    ras.origin.forEach((n, i) => b.writeFloatLE(n, 268 + 4 * i));
  }
  if (placed) {
    b.writeInt16LE(SCANNER, 254);
    for (const row of [0, 1, 2] as const) {
      const values = [...ras.axes.map((axis) => axis[row]), ras.origin[row]];
      values.forEach((n, i) => b.writeFloatLE(n, 280 + 16 * row + 4 * i));
    }
  }
  b.write('n+1\0', 344, 4, 'latin1');
  return b;
}

/** b, c, d of the rotation (a ≥ 0) and the sign of the third axis; null where the axes are not at right angles. */
function quaternionOf({ axes }: Affine): { bcd: Vector; handed: 1 | -1 } | null {
  const [x, y, z] = axes.map((axis) => scaled(axis, 1 / length(axis))) as [Vector, Vector, Vector];
  if (Math.max(Math.abs(dot(x, y)), Math.abs(dot(x, z)), Math.abs(dot(y, z))) > 1e-4) return null;
  const handed = dot(cross(x, y), z) < 0 ? -1 : 1;
  // Columns x, y, z·handed of a rotation; the largest component first, for its square root is the surest.
  const [r11, r21, r31] = x;
  const [r12, r22, r32] = y;
  const [r13, r23, r33] = scaled(z, handed);
  const squares = [1 + r11 + r22 + r33, 1 + r11 - r22 - r33, 1 - r11 + r22 - r33, 1 - r11 - r22 + r33];
  const largest = squares.indexOf(Math.max(...squares));
  const root = Math.sqrt(squares[largest]!) / 2;
  const by = 1 / (4 * root);
  const forms: readonly (readonly [number, number, number, number])[] = [
    [root, (r32 - r23) * by, (r13 - r31) * by, (r21 - r12) * by],
    [(r32 - r23) * by, root, (r12 + r21) * by, (r13 + r31) * by],
    [(r13 - r31) * by, (r12 + r21) * by, root, (r23 + r32) * by],
    [(r21 - r12) * by, (r13 + r31) * by, (r23 + r32) * by, root],
  ];
  const [a, b, c, d] = forms[largest]!;
  return { bcd: a < 0 ? [-b, -c, -d] : [b, c, d], handed };
}
