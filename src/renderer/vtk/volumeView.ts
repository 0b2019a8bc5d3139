import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import vtkVolume from '@kitware/vtk.js/Rendering/Core/Volume';
import vtkVolumeMapper from '@kitware/vtk.js/Rendering/Core/VolumeMapper';
import vtkPlane from '@kitware/vtk.js/Common/DataModel/Plane';
import { BlendMode } from '@kitware/vtk.js/Rendering/Core/VolumeMapper/Constants';
import { axisOf, cornersOf, cross, dot, moved, scale, stepOf, subtract } from '@shared/space';
import type { Vec3 } from '@shared/space';
import type { GpuVolume } from './gpuVolume';
import { twoBytes } from './sampling';
import type { Rect, StageView } from './types';

/** How values become colour and opacity, after rescale; points ascending. */
export interface Transfer {
  readonly opacity: readonly (readonly [value: number, opacity: number])[];
  readonly colour: readonly (readonly [value: number, red: number, green: number, blue: number])[];
  /** Lit as a surface; or the greatest value along each ray. */
  readonly shaded: boolean;
  readonly projection: boolean;
}

/** How a volume is looked at from outside. */
export interface VolumeLook {
  /** From the reader into the picture, and what points upwards; unit, at right angles. */
  readonly into: Vec3;
  readonly up: Vec3;
  readonly centre: Vec3;
  /** Millimetres a CSS pixel. */
  readonly scale: number;
  readonly transfer: Transfer;
  /** Share of each axis of the grid that is kept, 0 … 1. */
  readonly crop: readonly (readonly [number, number])[];
  /** `moving`: something turns; `light`: the CPU draws, in steps that it can take. */
  readonly quality: 'fine' | 'moving' | 'light';
}

const FAR = 10_000;
/** Pixels a ray along each side, and of a ray that the CPU follows the samples at most. */
const RAYS = { fine: 1, moving: 2, light: 3 } as const;
const LIGHT_SAMPLES = 140;

/** A volume seen as a whole, by rays through it. */
export class VolumeView implements StageView<VolumeLook> {
  readonly renderer = vtkRenderer.newInstance({ background: [0, 0, 0] });
  readonly #actor = vtkVolume.newInstance();
  readonly #mapper = vtkVolumeMapper.newInstance();
  readonly #opacity = vtkPiecewiseFunction.newInstance();
  readonly #colour = vtkColorTransferFunction.newInstance();
  #volume: GpuVolume | null = null;
  #transfer: Transfer | null = null;

  constructor() {
    this.#actor.setMapper(this.#mapper);
    this.#actor.setVisibility(false);
    const property = this.#actor.getProperty();
    property.setRGBTransferFunction(0, this.#colour);
    property.setScalarOpacity(0, this.#opacity);
    property.setInterpolationTypeToLinear();
    property.setAmbient(0.25);
    property.setDiffuse(0.7);
    property.setSpecular(0.2);
    this.#mapper.set({ viewSpecificProperties: twoBytes('volume', 1) });
    this.#mapper.setAutoAdjustSampleDistances(false);
    this.renderer.getActiveCamera().setParallelProjection(true);
    this.renderer.addVolume(this.#actor);
  }

  /** Colour, and volumes of more than one value a voxel, have no opacity to see through. */
  show(volume: GpuVolume | null): void {
    this.#volume = volume?.voxels.components === 1 ? volume : null;
    this.#actor.setVisibility(this.#volume !== null);
    if (this.#volume) this.#mapper.setInputData(this.#volume.image);
    this.#transfer = null;
  }

  /** Layers are looked at in planes. */
  cover(): void {}

  look(look: VolumeLook, view: Rect): void {
    const camera = this.renderer.getActiveCamera();
    camera.setFocalPoint(...look.centre);
    camera.setPosition(...moved(look.centre, look.into, -FAR));
    camera.setViewUp(...look.up);
    camera.setParallelScale((view.height * look.scale) / 2);
    if (!this.#volume) return;
    const { grid } = this.#volume.voxels;
    const radius = Math.max(
      ...cornersOf(grid).map((corner) => Math.abs(dot(subtract(corner, look.centre), look.into))),
    );
    camera.setClippingRange(FAR - radius - 1, FAR + radius + 1);
    if (this.#transfer !== look.transfer) this.#take(look.transfer);
    this.#crop(look.crop);
    const step = Math.min(...grid.spacing);
    const steps = { fine: step * 0.7, moving: step * 1.5, light: Math.max(step, (2 * radius) / LIGHT_SAMPLES) };
    this.#mapper.setSampleDistance(steps[look.quality]);
    this.#mapper.setMaximumSamplesPerRay(4000);
    this.#mapper.setImageSampleDistance(RAYS[look.quality]);
  }

  #take(transfer: Transfer): void {
    this.#transfer = transfer;
    const { slope, intercept, grid } = this.#volume!.voxels;
    const stored = (value: number): number => (value - intercept) / slope;
    this.#opacity.removeAllPoints();
    this.#colour.removeAllPoints();
    for (const [value, opacity] of transfer.opacity) this.#opacity.addPoint(stored(value), opacity);
    for (const [value, ...rgb] of transfer.colour) this.#colour.addRGBPoint(stored(value), ...rgb);
    const property = this.#actor.getProperty();
    property.setShade(transfer.shaded);
    property.setScalarOpacityUnitDistance(0, 2 * Math.min(...grid.spacing));
    this.#mapper.setBlendMode(transfer.projection ? BlendMode.MAXIMUM_INTENSITY_BLEND : BlendMode.COMPOSITE_BLEND);
  }

  /** Planes along the grid's own axes: also of one that leans. */
  #crop(crop: VolumeLook['crop']): void {
    this.#mapper.removeAllClippingPlanes();
    const { grid } = this.#volume!.voxels;
    crop.forEach(([from, to], axis) => {
      const normal = cross(axisOf(grid, (axis + 1) % 3), axisOf(grid, (axis + 2) % 3));
      const inwards = dot(normal, axisOf(grid, axis)) < 0 ? scale(normal, -1) : normal;
      const at = (share: number): [number, number, number] => [
        ...moved(grid.origin, stepOf(grid, axis), share * grid.size[axis]! - 0.5),
      ];
      const keep = (origin: [number, number, number], direction: Vec3): void => {
        this.#mapper.addClippingPlane(vtkPlane.newInstance({ origin, normal: [...direction] }));
      };
      if (from > 0) keep(at(from), inwards);
      if (to < 1) keep(at(to), scale(inwards, -1));
    });
  }

  dispose(): void {
    this.renderer.removeAllViewProps();
    this.#actor.delete();
    this.#mapper.delete();
    this.renderer.delete();
  }
}
