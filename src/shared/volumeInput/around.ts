import type { VolumeBox } from '@shared/domain';
import { acquiredFrame, dot, toWorld } from '@shared/space';
import type { Grid, Vec3 } from '@shared/space';

/**
 * The box around some voxels, along the directions in which the volume was taken, each turned towards its nearest patient direction.
 * @param low first and `high` last index along each axis of the grid @param margin millimetres beyond them
 */
export function boxAround(grid: Grid, low: Vec3, high: Vec3, margin = 0): VolumeBox {
  const frame = acquiredFrame(grid, true);
  const ends = [0, 1, 2].map((axis) => [low[axis]! - 0.5, high[axis]! + 0.5]);
  const corners = ends[0]!.flatMap((i) => ends[1]!.flatMap((j) => ends[2]!.map((k) => toWorld(grid, [i, j, k]))));
  const reach = frame.map((direction) => {
    const places = corners.map((corner) => dot(corner, direction));
    return [Math.min(...places), Math.max(...places)] as const;
  });
  const middle = reach.map(([from, to]) => (from + to) / 2);
  const at = (row: 0 | 1 | 2): number => frame.reduce((sum, direction, i) => sum + direction[row] * middle[i]!, 0);
  const size = (axis: 0 | 1 | 2): number => reach[axis]![1] - reach[axis]![0] + 2 * margin;
  const [a, b, c] = frame;
  return {
    centre: [at(0), at(1), at(2)],
    size: [size(0), size(1), size(2)],
    axes: [a[0], b[0], c[0], a[1], b[1], c[1], a[2], b[2], c[2]],
  };
}
