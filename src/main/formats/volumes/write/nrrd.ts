import type { VolumeHeader, VoxelType } from '@shared/domain';
import { affineOf } from '../geometry';
import type { Vector } from '../geometry';
import type { WrittenType } from './type';

const NAMES: Readonly<Partial<Record<VoxelType, string>>> = { float32: 'float', float64: 'double' };

/** The header of an attached, gzipped NRRD in LPS; without a space where nothing is known. */
export function nrrdHeader(header: VolumeHeader, written: WrittenType): Buffer {
  const type = written === 'float32' ? 'float32' : header.type;
  const colour = header.components === 3;
  const { axes, origin } = affineOf(header);
  const vector = (v: Vector): string => `(${v.join(',')})`;
  const lines = [
    'NRRD0004',
    '# Written by Residua: for research, not for diagnosis',
    `type: ${NAMES[type] ?? type}`,
    `dimension: ${colour ? 4 : 3}`,
    ...(header.spacingKind === 'none' ? [] : ['space: left-posterior-superior']),
    `sizes: ${[...(colour ? [3] : []), ...header.size].join(' ')}`,
    ...(header.spacingKind === 'none'
      ? []
      : [`space directions: ${[...(colour ? ['none'] : []), ...axes.map(vector)].join(' ')}`]),
    `kinds: ${[...(colour ? ['RGB-color'] : []), 'domain', 'domain', 'domain'].join(' ')}`,
    'endian: little',
    'encoding: gzip',
    ...(header.spacingKind === 'none' ? [] : [`space origin: ${vector(origin)}`, 'space units: "mm" "mm" "mm"']),
    ...(header.unit === null ? [] : [`sample units: "${header.unit.replace(/["\\\n]/g, '')}"`]),
  ];
  return Buffer.from(`${lines.join('\n')}\n\n`);
}
