import { describe, expect, it } from 'vitest';
import type { VolumeBox } from '@shared/domain';
import { volumeBox } from '@shared/domain';
import { dot, planeOf, rolled, turnedFrame, PATIENT_FRAME } from '@shared/space';
import type { Vec3 } from '@shared/space';
import {
  beyondGrid,
  cornersOfBox,
  drawnBox,
  EDGES,
  handlesOf,
  isInBox,
  movedBox,
  resizedBox,
  sectionOf,
} from '@renderer/features/view/state/boxes';

const STRAIGHT = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const box: VolumeBox = { centre: [10, 20, 30], size: [4, 6, 8], axes: STRAIGHT };
const axial = planeOf(PATIENT_FRAME, 'axial', true);
const coronal = planeOf(PATIENT_FRAME, 'coronal', true);
const area = (places: readonly Vec3[], right: Vec3, down: Vec3): number =>
  Math.abs(
    places.reduce((sum, place, i) => {
      const next = places[(i + 1) % places.length]!;
      return sum + (dot(place, right) * dot(next, down) - dot(next, right) * dot(place, down)) / 2;
    }, 0),
  );

describe('a box in a plane', () => {
  it('has twelve edges between eight corners', () => {
    expect(EDGES).toHaveLength(12);
    const lengths = EDGES.map(([a, b]) => {
      const [p, q] = [cornersOfBox(box)[a]!, cornersOfBox(box)[b]!];
      return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
    });
    expect([...lengths].sort()).toEqual([4, 4, 4, 4, 6, 6, 6, 6, 8, 8, 8, 8]);
  });

  it('is cut where the plane meets it, and nowhere else', () => {
    const section = sectionOf(box, axial, 31);
    expect(section).toHaveLength(4);
    expect(section.map(([, , z]) => z)).toEqual([31, 31, 31, 31]);
    expect(area(section, axial.right, axial.down)).toBeCloseTo(24);
    expect(area(sectionOf(box, coronal, 20), coronal.right, coronal.down)).toBeCloseTo(32);
    expect(sectionOf(box, axial, 34.1)).toEqual([]);
    expect(sectionOf(box, axial, 25.9)).toEqual([]);
  });

  it('is cut by a turned plane as a whole polygon', () => {
    // Across the edges along z, 45 degrees between x and y: a rectangle of 4·√2 × 8.
    const plane = planeOf(turnedFrame(PATIENT_FRAME, [0, 0, 1], Math.PI / 4), 'coronal', true);
    const cube = { ...box, size: [4, 4, 8] as [number, number, number] };
    const section = sectionOf(cube, plane, dot(cube.centre, plane.normal));
    expect(area(section, plane.right, plane.down)).toBeCloseTo(Math.SQRT2 * 4 * 8, 4);
  });

  it('is taken hold of at its sides and corners, where the plane meets it', () => {
    const handles = handlesOf(box, axial, 30);
    expect(handles.filter(({ ends }) => ends.length === 1).map(({ at }) => at)).toEqual([
      [8, 20, 30],
      [12, 20, 30],
      [10, 17, 30],
      [10, 23, 30],
    ]);
    expect(handles.filter(({ ends }) => ends.length === 2)).toHaveLength(4);
    expect(handlesOf(box, axial, 99)).toEqual([]);
  });

  it('is resized from one side, the other one stays, and never turns inside out', () => {
    const right = handlesOf(box, axial, 30).find(({ at }) => at[0] === 12 && at[1] === 20)!;
    expect(resizedBox(box, right, [3, 50, 50])).toMatchObject({ centre: [11.5, 20, 30], size: [7, 6, 8] });
    const thin = resizedBox(box, right, [-50, 0, 0]);
    expect(thin.size).toEqual([1, 6, 8]);
    expect(thin.centre[0] - thin.size[0] / 2).toBe(8);
    expect(movedBox(box, [1, -2, 0.5]).centre).toEqual([11, 18, 30.5]);
  });

  it('is drawn in any plane along the patient’s axes, as deep as it is wide', () => {
    expect(drawnBox(axial, [0, 0, 5], [10, -6, 5])).toEqual({ centre: [5, -3, 5], size: [10, 6, 8], axes: STRAIGHT });
    expect(drawnBox(coronal, [0, 2, 0], [10, 2, 20], 4)).toEqual({
      centre: [5, 2, 10],
      size: [10, 4, 20],
      axes: STRAIGHT,
    });
    // A plane that was turned and turned back in itself: the box lies as it was drawn on the screen.
    const turned = rolled(planeOf(turnedFrame(PATIENT_FRAME, [0, 1, 0], 0.4), 'axial', true), 0.3);
    const drawn = drawnBox(turned, [0, 0, 0], [8, 0, 0]);
    expect(volumeBox.safeParse(drawn).success).toBe(true);
    const columns = [0, 1, 2].map((c): Vec3 => [drawn.axes[c]!, drawn.axes[3 + c]!, drawn.axes[6 + c]!]);
    expect(columns.some((column) => Math.abs(dot(column, turned.right)) > 1 - 1e-9)).toBe(true);
  });

  it('holds the places that lie in it', () => {
    expect(isInBox(box, [11.9, 22.9, 33.9])).toBe(true);
    expect(isInBox(box, [12.1, 20, 30])).toBe(false);
    expect(isInBox(box, [12.1, 20, 30], 0.2)).toBe(true);
  });

  it('says what of it the network’s grid does not hold', () => {
    expect(beyondGrid(box, [4, 4, 4], [1, 1.5, 1])).toEqual([0, 0, 4]);
    expect(beyondGrid(box, [8, 8, 8], [1, 1, 1])).toBeNull();
  });
});
