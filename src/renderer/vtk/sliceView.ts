import vtkCellArray from '@kitware/vtk.js/Common/Core/CellArray';
import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray';
import vtkPlane from '@kitware/vtk.js/Common/DataModel/Plane';
import vtkPolyData from '@kitware/vtk.js/Common/DataModel/PolyData';
import vtkImageResliceMapper from '@kitware/vtk.js/Rendering/Core/ImageResliceMapper';
import { SlabTypes } from '@kitware/vtk.js/Rendering/Core/ImageResliceMapper/Constants';
import vtkImageSlice from '@kitware/vtk.js/Rendering/Core/ImageSlice';
import { InterpolationType } from '@kitware/vtk.js/Rendering/Core/ImageProperty/Constants';
import vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import { cross, dot, moved, scale } from '@shared/space';
import type { Plane, Vec3 } from '@shared/space';
import { greyRamp, heatColours, labelColours } from './colours';
import type { GpuVolume } from './gpuVolume';
import { twoBytes } from './sampling';
import type { Grey, LayerLook, Rect, Slab, StageView } from './types';

/** How a plane is looked at. */
export interface SliceLook {
  readonly plane: Plane;
  /** Where the plane lies along its normal: place · normal, millimetres. */
  readonly depth: number;
  /** What lies in the middle of the view (its depth does not count), and millimetres a CSS pixel. */
  readonly centre: Vec3;
  readonly scale: number;
  readonly grey: Grey;
  readonly smooth: boolean;
  readonly slab: Slab | null;
}

/** Distance of the camera; without perspective it says only what is in front. */
const FAR = 10_000;
const SLABS = { max: SlabTypes.MAX, min: SlabTypes.MIN, mean: SlabTypes.MEAN } as const;

/** One plane through a volume, cut by the GPU at the place of every pixel. */
export class SliceView implements StageView<SliceLook> {
  readonly renderer = vtkRenderer.newInstance({ background: [0, 0, 0] });
  /** What is cut: a square in the plane as large as the view. The same for every layer, so that none lies in front of another. */
  readonly #square = vtkPolyData.newInstance();
  readonly #normals = vtkDataArray.newInstance({
    numberOfComponents: 3,
    values: new Float32Array(12),
    name: 'Normals',
  });
  readonly #base = new SliceLayer(this.#square);
  readonly #layers: SliceLayer[] = [];
  readonly #ramps = { plain: greyRamp(false), inverted: greyRamp(true) };

  constructor() {
    this.#square.getPoints().setData(new Float32Array(12), 3);
    this.#square.setPolys(vtkCellArray.newInstance({ values: new Uint16Array([3, 0, 1, 2, 3, 0, 2, 3]) }));
    this.#square.getPointData().setNormals(this.#normals);
    this.renderer.getActiveCamera().setParallelProjection(true);
    this.renderer.addActor(this.#base.actor);
  }

  show(volume: GpuVolume | null): void {
    this.#base.show(volume);
  }

  cover(layers: readonly { readonly volume: GpuVolume; readonly look: LayerLook }[]): void {
    while (this.#layers.length > layers.length) {
      const gone = this.#layers.pop()!;
      this.renderer.removeActor(gone.actor);
      gone.dispose();
    }
    layers.forEach(({ volume, look }, i) => {
      const layer = (this.#layers[i] ??= this.#newLayer());
      layer.show(volume);
      layer.paint(look);
    });
  }
  #newLayer(): SliceLayer {
    const layer = new SliceLayer(this.#square);
    this.renderer.addActor(layer.actor);
    return layer;
  }

  /** Places camera, square and grey scale for a view of this size. */
  look(look: SliceLook, view: Rect): void {
    const { plane, depth, centre } = look;
    const focal = moved(centre, plane.normal, depth - dot(centre, plane.normal));
    this.#aim(plane, focal, (view.height * look.scale) / 2);
    for (const layer of this.#layers) layer.lieIn(plane);
    this.#cut(plane, focal, (view.width * look.scale) / 2, (view.height * look.scale) / 2);
    this.#base.style(look, this.#rampOf(look.grey));
  }

  #curved: { readonly grey: Pick<Grey, 'curve' | 'invert'>; readonly ramp: ReturnType<typeof greyRamp> } | null = null;
  #rampOf({ curve, invert }: Grey): ReturnType<typeof greyRamp> {
    if (!curve) return invert ? this.#ramps.inverted : this.#ramps.plain;
    const { grey, ramp } = this.#curved ?? {};
    if (ramp && grey?.curve === curve && grey.invert === invert) return ramp;
    this.#curved = { grey: { curve, invert }, ramp: greyRamp(invert, curve) };
    return this.#curved.ramp;
  }

  #aim(plane: Plane, focal: Vec3, halfHeight: number): void {
    const camera = this.renderer.getActiveCamera();
    const up = scale(plane.down, -1);
    const into = cross(up, plane.right);
    camera.setFocalPoint(...focal);
    camera.setPosition(...moved(focal, into, -FAR));
    camera.setViewUp(...up);
    camera.setParallelScale(halfHeight);
    camera.setClippingRange(FAR / 2, FAR * 1.5);
  }

  #cut(plane: Plane, focal: Vec3, halfWidth: number, halfHeight: number): void {
    const points = this.#square.getPoints().getData() as Float32Array;
    const corners = [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ] as const;
    const normals = this.#normals.getData() as Float32Array;
    corners.forEach(([x, y], i) => {
      points.set(moved(moved(focal, plane.right, x * halfWidth), plane.down, y * halfHeight), 3 * i);
      normals.set(plane.normal, 3 * i);
    });
    this.#square.getPoints().modified();
    this.#square.modified();
  }

  dispose(): void {
    this.renderer.removeAllViewProps();
    for (const layer of [this.#base, ...this.#layers]) layer.dispose();
    this.#square.delete();
    this.renderer.delete();
  }
}

/** One volume in a plane. */
class SliceLayer {
  readonly actor = vtkImageSlice.newInstance();
  readonly #mapper = vtkImageResliceMapper.newInstance();
  /** Outlines of labels are looked for along it; what is cut is the square. */
  readonly #plane = vtkPlane.newInstance();

  constructor(square: ReturnType<typeof vtkPolyData.newInstance>) {
    this.#mapper.setSlicePolyData(square);
    this.#mapper.setSlicePlane(this.#plane);
    this.actor.setMapper(this.#mapper as unknown as Parameters<typeof this.actor.setMapper>[0]);
    // Outside of the volume nothing is drawn; everything else covers what lies behind it.
    this.actor.setForceOpaque(true);
    this.actor.setVisibility(false);
  }

  show(volume: GpuVolume | null): void {
    this.actor.setVisibility(volume !== null);
    if (!volume) return;
    this.#mapper.setInputData(volume.image);
    this.#mapper.set({ viewSpecificProperties: twoBytes('slice', volume.voxels.components) });
    this.actor.getProperty().setIndependentComponents(volume.voxels.components === 1);
    this.#rescale = volume.voxels;
  }
  #rescale = { slope: 1, intercept: 0 };

  style(look: Pick<SliceLook, 'grey' | 'smooth' | 'slab'>, ramp: ReturnType<typeof greyRamp>): void {
    const property = this.actor.getProperty();
    const { slope, intercept } = this.#rescale;
    property.setRGBTransferFunction(0, ramp);
    property.setUseLookupTableScalarRange(false);
    property.setColorWindow(look.grey.width / slope);
    property.setColorLevel((look.grey.level - intercept) / slope);
    property.setInterpolationType(look.smooth ? InterpolationType.LINEAR : InterpolationType.NEAREST);
    this.#mapper.setSlabThickness(look.slab?.thickness ?? 0);
    if (look.slab) this.#mapper.setSlabType(SLABS[look.slab.kind]);
  }

  lieIn({ normal }: Plane): void {
    this.#plane.setNormal(...normal);
  }

  /** Colours of something that lies over a volume. */
  paint({ colours, opacity, voxels }: LayerLook): void {
    const property = this.actor.getProperty();
    const labels = colours.kind === 'labels';
    const stored = (value: number): number => (value - voxels.intercept) / voxels.slope;
    const { colour, cover } = labels
      ? labelColours(colours.table)
      : heatColours(colours.table, stored(colours.from), stored(colours.to));
    property.setIndependentComponents(false);
    property.setRGBTransferFunction(0, colour);
    property.setPiecewiseFunction(0, cover);
    property.setUseLookupTableScalarRange(true);
    property.setOpacity(opacity);
    property.setInterpolationType(labels ? InterpolationType.NEAREST : InterpolationType.LINEAR);
    property.setUseLabelOutline(labels && colours.outline);
    property.setLabelOutlineThickness(1);
    property.setLabelOutlineOpacity(1);
    // One texel a label, so that none takes on its neighbour's colour.
    const texels = labels ? colours.table.length : 1024;
    this.#mapper.set({ colorTextureWidth: texels, opacityTextureWidth: texels }, true);
  }

  dispose(): void {
    this.actor.delete();
    this.#mapper.delete();
  }
}
