import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { listSupportedBackends } from 'onnxruntime-node';
import type { Place, PlaceCheck } from '@shared/domain';

const WORDS: Record<Place, string> = {
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'Core ML',
};
export const placeName = (place: Place): string => WORDS[place];

/** Not named `require`: the bundler declares that name itself. */
const packageHere = createRequire(import.meta.url);

/** Why this build of onnxruntime has no way to a device; null where it has one. Nothing is started. */
export function whyNoProvider(place: Place): string | null {
  const system = `${process.platform} ${process.arch}`;
  const found = listSupportedBackends().find(({ name }) => name === place);
  if (!found) return `onnxruntime-node for ${system} has no provider for ${WORDS[place]}`;
  if (found.bundled) return null;
  const file = `${process.platform === 'win32' ? '' : 'lib'}onnxruntime_providers_${place}`;
  const name = `${file}.${process.platform === 'win32' ? 'dll' : 'so'}`;
  const bin = join(dirname(packageHere.resolve('onnxruntime-node')), '..', 'bin', 'napi-v6');
  return existsSync(join(bin, process.platform, process.arch, name))
    ? null
    : `onnxruntime's provider for ${WORDS[place]} (${name}) is not in its npm package; the tensorflow engine computes on CUDA`;
}

/** Drivers that compute on the processor: Google's SwiftShader and Mesa's llvmpipe. */
const SOFTWARE = /swiftshader|vulkan_lvp/i;
const DRIVER =
  /\/(lib(?:vk_swiftshader|vulkan_\w+|GLX_nvidia|EGL_nvidia|nvidia-vulkan\w*|amdvlk\w*)\.[\w.]+|amdvlk\w*\.so)$/;

/** The Vulkan drivers that this process has loaded; on other systems D3D12 and Metal leave a GPU in software's place to none. */
export function loadedDriver(): PlaceCheck {
  if (process.platform !== 'linux') return { driver: null, software: false };
  const files = readFileSync('/proc/self/maps', 'utf8').split('\n');
  const drivers = [...new Set(files.flatMap((line) => DRIVER.exec(line)?.[1] ?? []))];
  return {
    driver: drivers.length > 0 ? drivers.join(', ') : null,
    software: drivers.length > 0 && drivers.every((name) => SOFTWARE.test(name)),
  };
}
