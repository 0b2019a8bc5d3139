import { existsSync, readdirSync } from 'node:fs';
import { fits, PLACES } from '@shared/domain';
import type { Device, Place, PlaceCheck } from '@shared/domain';
import { UserError } from '@shared/errors';
import { checkPlace } from './checkPlace';
import { createOnnxEngine } from './onnx';
import { placeName, whyNoProvider } from './places';
import { createTensorflowEngine } from './tensorflow/engine';
import { readManifest } from './tensorflow/manifest';
import type { Engine } from './types';

export interface EngineChoice {
  readonly engine: 'auto' | 'onnx' | 'tensorflow';
  readonly device: Device;
  readonly threads?: number;
  /** Where the tensorflow engine is, if it is installed. */
  readonly tensorflowDir: string;
}

/** What `auto` tries in turn. Core ML decides itself where each part of a network runs, and is taken only where it was named. */
const GPUS: readonly Place[] = ['cuda', 'webgpu', 'dml'];

/**
 * The engine that a run asks for. `auto` takes tensorflow on CUDA where it is ready, then onnx on a GPU, then onnx on the CPU; what
 * was named is taken or refused, never replaced.
 * @throws UserError engine-missing
 */
export async function openEngine({ engine, device, threads, tensorflowDir: dir }: EngineChoice): Promise<Engine> {
  if (!fits(engine, device))
    throw new UserError(
      'engine-missing',
      `the ${engine} engine has no way to ${device}: it computes on ${PLACES[engine as 'tensorflow'].join(' or ')}`,
    );
  const tensorflow = (on: 'auto' | 'cpu' | 'cuda'): Promise<Engine> =>
    createTensorflowEngine({ dir, threads, device: on });
  if (engine === 'tensorflow') return tensorflow(device as 'auto' | 'cpu' | 'cuda');
  if (device === 'auto')
    return (
      (engine === 'auto' ? await passedBy('tensorflow on CUDA', onCuda(dir), () => tensorflow('cuda')) : null) ??
      (await onGpu()) ??
      createOnnxEngine({ threads })
    );
  if (engine === 'auto' && device === 'cuda' && whyNoProvider('cuda') !== null) return tensorflow('cuda');
  return device === 'cpu' ? createOnnxEngine({ threads }) : onnxOn(device);
}

/** The onnx engine on a device that has shown that it computes. */
async function onnxOn(place: Place, wanted: (found: PlaceCheck) => boolean = () => true): Promise<Engine> {
  const engine = await createOnnxEngine({ place });
  const found = await checkPlace(engine);
  if (wanted(found)) return engine;
  throw new UserError('engine-missing', `${placeName(place)} has only a driver in software (${found.driver})`);
}

/** The first GPU that onnxruntime computes on. */
async function onGpu(): Promise<Engine | null> {
  for (const place of GPUS) {
    const there = hasGpu() && whyNoProvider(place) === null;
    const found = await passedBy(`onnx on ${placeName(place)}`, there, () =>
      onnxOn(place, ({ software }) => !software),
    );
    if (found) return found;
  }
  return null;
}

const onCuda = (dir: string): boolean => hasNvidia() && readManifest(dir)?.cuda === true;

/** Whether NVIDIA's driver is loaded, without starting anything. */
const hasNvidia = (): boolean => existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl');

/** Whether there may be a GPU: Linux shows one as a device, other systems always have one. Nothing is started. */
function hasGpu(): boolean {
  if (process.platform !== 'linux') return true;
  const cards = existsSync('/dev/dri') ? readdirSync('/dev/dri') : [];
  return hasNvidia() || existsSync('/dev/dxg') || cards.some((name) => name.startsWith('renderD'));
}

/** What `auto` would rather have, or null with a word in the log. */
async function passedBy(what: string, there: boolean, open: () => Promise<Engine>): Promise<Engine | null> {
  if (!there) return null;
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`${what} was passed over: ${error.reason}`);
    return null;
  }
}
