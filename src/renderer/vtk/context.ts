/** What draws: its name, whether it is a program on the CPU, and the largest volume that it takes along one side. */
export interface Gpu {
  readonly name: string;
  readonly software: boolean;
  readonly largestSide: number;
}

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render|warp/i;

/**
 * One WebGL2 context for all views of a stage. Its pixels stay when only one of the views is drawn anew, and have no soft edges: a voxel
 * is a square.
 * @returns null where there is no WebGL2
 */
export function openContext(canvas: HTMLCanvasElement): { gl: WebGL2RenderingContext; gpu: Gpu } | null {
  const gl = canvas.getContext('webgl2', {
    alpha: false,
    antialias: false,
    depth: true,
    preserveDrawingBuffer: true,
    powerPreference: 'high-performance',
  });
  if (!gl) return null;
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  const largestSide = Number(gl.getParameter(gl.MAX_3D_TEXTURE_SIZE));
  return { gl, gpu: { name, software: SOFTWARE.test(name), largestSide } };
}

let asked: Gpu | null | undefined;
/** What would draw here, asked once, without a stage; null where nothing can. */
export function gpuHere(): Gpu | null {
  if (asked !== undefined) return asked;
  const opened = openContext(document.createElement('canvas'));
  opened?.gl.getExtension('WEBGL_lose_context')?.loseContext();
  return (asked = opened?.gpu ?? null);
}
