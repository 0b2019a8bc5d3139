import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray';
import vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData';
import vtkTexture from '@kitware/vtk.js/Rendering/OpenGL/Texture';
import type { vtkOpenGLTexture } from '@kitware/vtk.js/Rendering/OpenGL/Texture';
import type { VtkDataTypes } from '@kitware/vtk.js/Common/Core/DataArray';
import type { vtkOpenGLRenderWindow } from '@kitware/vtk.js/Rendering/OpenGL/RenderWindow';
import type { PixelArray } from '@shared/pixels';
import type { Vec3 } from '@shared/space';
import type { Voxels } from './types';

/** What vtk.js has, and its types do not say. */
interface ResourceUsers {
  registerGraphicsResourceUser(resource: object, user: object): void;
  unregisterGraphicsResourceUser(resource: object, user: object): void;
}
interface Norm16 {
  setOglNorm16Ext(extension: unknown): void;
}
interface Scaled {
  getVolumeInfo(): { scale: number[]; offset: number[] };
}

/** Bytes that go to the GPU in one call: a frame never waits for more. */
const AT_ONCE = 8 * 2 ** 20;
const LIFT = 32_768;

/** The graphics have no room for a volume. */
export class GpuFull extends Error {}

/**
 * Voxels as a 3D texture that all views of one window share. vtk.js would send the whole array anew whenever a slice arrives; here
 * slices go to their own place, in any order.
 */
export class GpuVolume {
  readonly image = vtkImageData.newInstance();
  /**
   * 16-bit values where the GPU has no texture for them (SwiftShader): low and high byte side by side, put together again when they are sampled
   * (`sampling.ts`). Floats, as vtk.js has it, would take twice the memory and a pass over every value.
   */
  readonly #bytes: boolean;
  readonly #norm16: unknown;
  readonly #texture: vtkOpenGLTexture;
  readonly #scalars: ReturnType<typeof vtkDataArray.newInstance>;

  constructor(
    private readonly window: vtkOpenGLRenderWindow,
    private readonly gl: WebGL2RenderingContext,
    readonly voxels: Voxels,
  ) {
    const { grid, data, components } = voxels;
    this.#norm16 = gl.getExtension('EXT_texture_norm16');
    const of16 = data instanceof Int16Array || data instanceof Uint16Array;
    this.#bytes = of16 && components === 1 && this.#norm16 === null;
    this.#scalars = vtkDataArray.newInstance({ values: data, numberOfComponents: components });
    // Asked for by vtk.js to choose a format; ours follows from the type alone, so nothing is searched for.
    for (let c = 0; c < components; c += 1) this.#scalars.setRange({ min: -32768, max: 65535 }, c);
    this.image.setDimensions([...grid.size]);
    this.image.setSpacing([...grid.spacing]);
    this.image.setOrigin([...grid.origin]);
    // vtk.js has the axes one after the other, rows of its matrix.
    const d = grid.direction;
    this.image.setDirection([d[0]!, d[3]!, d[6]!, d[1]!, d[4]!, d[7]!, d[2]!, d[5]!, d[8]!]);
    this.image.getPointData().setScalars(this.#scalars);
    this.#texture = this.#allocate();
    for (const [from, count] of runsHere(voxels)) this.send(from, count);
  }

  get #type(): VtkDataTypes {
    return this.#scalars.getDataType() as unknown as VtkDataTypes;
  }

  #allocate(): vtkOpenGLTexture {
    const { grid, components, data } = this.voxels;
    const texture = vtkTexture.newInstance();
    texture.setOpenGLRenderWindow(this.window);
    (texture as unknown as Norm16).setOglNorm16Ext(this.#norm16);
    texture.resetFormatAndType();
    const [width, height, depth] = grid.size;
    this.#forgetErrors();
    texture.create3DFromRaw({
      width,
      height,
      depth,
      numComps: this.#bytes ? 2 : components,
      dataType: this.#bytes ? ('Uint8Array' as unknown as VtkDataTypes) : this.#type,
      data: null,
    });
    if (this.#bytes && data instanceof Int16Array) (texture as unknown as Scaled).getVolumeInfo().offset[0] = -LIFT;
    if (this.gl.getError() === this.gl.OUT_OF_MEMORY) {
      texture.releaseGraphicsResources(this.window);
      throw new GpuFull(`no room for ${width} × ${height} × ${depth} voxels`);
    }
    this.window.setGraphicsResourceForObject(this.#scalars, texture, `${this.#scalars.getMTime()}`);
    // While this lives the texture does, whichever views come and go.
    (this.window as unknown as ResourceUsers).registerGraphicsResourceUser(this.#scalars, this);
    return texture;
  }

  /** What was wrong before is not said of this volume. */
  #forgetErrors(): void {
    while (this.gl.getError() !== this.gl.NO_ERROR && !this.gl.isContextLost());
  }

  /** Sends slices `from` … `from + count − 1` along the third axis. */
  send(from: number, count: number): void {
    const { gl } = this;
    const { grid, data, components } = this.voxels;
    const [width, height] = grid.size;
    const slice = width * height * components;
    const type = this.#bytes ? gl.UNSIGNED_BYTE : (this.#texture.getDefaultDataType(this.#type) as number);
    const format = this.#bytes ? gl.RG : (this.#texture.getDefaultFormat(this.#type, components) as number);
    const asFloat = type === gl.FLOAT && !(data instanceof Float32Array);
    const most = Math.max(1, Math.floor(AT_ONCE / (slice * data.BYTES_PER_ELEMENT)));
    this.#texture.activate();
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    for (let k = from; k < from + count; k += most) {
      const depth = Math.min(most, from + count - k);
      const part: PixelArray = data.subarray(k * slice, (k + depth) * slice);
      const sent = this.#bytes ? this.#asBytes(part) : asFloat ? this.#asFloats(part) : part;
      gl.texSubImage3D(gl.TEXTURE_3D, 0, 0, 0, k, width, height, depth, format, type, sent);
    }
    this.#texture.deactivate();
  }

  /** Sends a part of the voxels, first and last index along each axis. */
  sendBox(from: Vec3, to: Vec3): void {
    const { gl } = this;
    const { grid, data } = this.voxels;
    const [width, height] = grid.size;
    const type = this.#texture.getDefaultDataType(this.#type) as number;
    const format = this.#texture.getDefaultFormat(this.#type, 1) as number;
    const size = to.map((last, axis) => last - from[axis]! + 1) as [number, number, number];
    this.#texture.activate();
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, width);
    gl.pixelStorei(gl.UNPACK_IMAGE_HEIGHT, height);
    const at = (from[2] * height + from[1]) * width + from[0];
    gl.texSubImage3D(gl.TEXTURE_3D, 0, ...from, ...size, format, type, data, at);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    gl.pixelStorei(gl.UNPACK_IMAGE_HEIGHT, 0);
    this.#texture.deactivate();
  }

  /** Room that is used again: a piece a call would have to be collected. */
  #floats = new Float32Array(0);
  #asFloats(part: PixelArray): Float32Array {
    if (this.#floats.length < part.length) this.#floats = new Float32Array(part.length);
    this.#floats.set(part);
    return this.#floats.subarray(0, part.length);
  }

  /** Signed values lifted above 0, so that both bytes grow with the value and may be filtered. */
  #lifted = new Uint16Array(0);
  #asBytes(part: PixelArray): Uint8Array {
    if (!(part instanceof Int16Array)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    if (this.#lifted.length < part.length) this.#lifted = new Uint16Array(part.length);
    for (let i = 0; i < part.length; i += 1) this.#lifted[i] = part[i]! + LIFT;
    return new Uint8Array(this.#lifted.buffer, 0, part.byteLength);
  }

  dispose(): void {
    (this.window as unknown as ResourceUsers).unregisterGraphicsResourceUser(this.#scalars, this);
    // Views that have not been drawn since may still count as its users.
    this.#texture.releaseGraphicsResources(this.window);
    this.image.delete();
    this.#scalars.delete();
  }
}

/** Slices that have arrived, as runs: WebGL holds the rest at 0, and it costs no time to send. */
function runsHere({ grid, here }: Voxels): [from: number, count: number][] {
  const depth = grid.size[2];
  if (!here) return [[0, depth]];
  const runs: [number, number][] = [];
  for (let from = here.indexOf(1); from >= 0 && from < depth;) {
    const end = here.indexOf(0, from);
    const to = end < 0 ? depth : end;
    runs.push([from, to - from]);
    from = here.indexOf(1, to);
  }
  return runs;
}
