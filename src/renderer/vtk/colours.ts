import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import type { vtkPiecewiseFunction as PiecewiseFunction } from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import type { vtkColorTransferFunction as ColourFunction } from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import type { Rgb } from './types';

type Table = readonly Rgb[];

/** Colours at 0, 1, 2 …, and how much each covers: index 0 nothing. */
export function labelColours(table: Table): { colour: ColourFunction; cover: PiecewiseFunction } {
  const colour = vtkColorTransferFunction.newInstance();
  table.forEach((rgb, index) => colour.addRGBPoint(index, ...rgb));
  const cover = vtkPiecewiseFunction.newInstance();
  cover.addPoint(0, 0);
  cover.addPoint(1, 1);
  cover.addPoint(table.length - 1, 1);
  return { colour, cover };
}

/** Colours spread over a range of stored values, covering ever more. */
export function heatColours(
  table: Table,
  from: number,
  to: number,
): { colour: ColourFunction; cover: PiecewiseFunction } {
  const colour = vtkColorTransferFunction.newInstance();
  table.forEach((rgb, i) => colour.addRGBPoint(from + ((to - from) * i) / (table.length - 1), ...rgb));
  const cover = vtkPiecewiseFunction.newInstance();
  cover.addPoint(from, 0);
  cover.addPoint(from + (to - from) / 4, 0.7);
  cover.addPoint(to, 1);
  return { colour, cover };
}

const STRAIGHT = [0, 1];

/** Black to white over 0 … 1, or white to black; along a curve where there is one. */
export function greyRamp(invert: boolean, curve: readonly number[] = STRAIGHT): ColourFunction {
  const ramp = vtkColorTransferFunction.newInstance();
  curve.forEach((share, i) => {
    const grey = invert ? 1 - share : share;
    ramp.addRGBPoint(i / (curve.length - 1), grey, grey, grey);
  });
  return ramp;
}
