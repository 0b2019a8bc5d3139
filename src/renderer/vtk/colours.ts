import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import type { vtkColorTransferFunction as ColourFunction } from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';

/** Black to white over 0 … 1, or white to black. */
export function greyRamp(invert: boolean): ColourFunction {
  const ramp = vtkColorTransferFunction.newInstance();
  const [from, to] = invert ? [1, 0] : [0, 1];
  ramp.addRGBPoint(0, from, from, from);
  ramp.addRGBPoint(1, to, to, to);
  return ramp;
}
