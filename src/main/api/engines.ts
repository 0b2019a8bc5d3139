import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { checkEngine, checkPlace } from '@main/compute';
import type { Spawner } from '@main/compute';
import { createOnnxEngine, whyNoProvider } from '@main/engine';
import { gpuReport, graphicsCards, installTensorflow, unsupported } from '@main/engine/setup';
import type { EngineSource } from '@main/engine/setup';
import { readManifest } from '@main/engine/tensorflow/manifest';
import { resourcePath } from '@main/project';
import { tensorflowDir } from '@main/project/enginesDir';
import { PLACES } from '@shared/domain';
import type { EngineProgress, EngineReport, EngineStatus, GpuReport, Place, PlaceStatus } from '@shared/domain';
import { errorData, UserError } from '@shared/errors';

export interface InstallRequest {
  readonly id: string;
  readonly from: string | null;
  readonly sha256: string | null;
  readonly cuda: boolean | null;
}
/** Least time between two words of progress, in milliseconds. */
const QUIET = 200;

/** The engines of this workstation: what they are, and the optional one's installation. */
export class Engines {
  #installing: { readonly id: string; readonly abort: AbortController } | null = null;

  constructor(
    private readonly spawner: Spawner,
    private readonly publish: (progress: EngineProgress) => void,
    private readonly dir: string = tensorflowDir(),
  ) {}

  async report(): Promise<EngineReport> {
    const gpu = await gpuReport();
    return { engines: await Promise.all([this.#onnx(gpu), this.#tensorflow(gpu)]), gpu, unsupported: unsupported() };
  }

  /** @throws UserError that says what is missing, wrong or full; value-invalid while another installation is under way */
  async install({ id, from, sha256, cuda }: InstallRequest): Promise<EngineStatus> {
    if (this.#installing) throw new UserError('value-invalid', 'an engine is being installed already');
    const abort = new AbortController();
    this.#installing = { id, abort };
    let last = { stage: '', at: 0 };
    try {
      const gpu = await gpuReport();
      const source: EngineSource =
        from === null
          ? { kind: 'online', cuda: cuda ?? gpu.gpus.length > 0 }
          : { kind: 'local', path: from, ...(sha256 === null ? {} : { sha256 }) };
      await installTensorflow({
        dir: this.dir,
        source,
        prebuilt: prebuiltAddon(),
        check: (dir, signal) => checkEngine(this.spawner, dir, signal),
        signal: abort.signal,
        onProgress: (stage, done, total) => {
          const now = performance.now();
          if (stage === last.stage && now - last.at < QUIET && done < total) return;
          last = { stage, at: now };
          this.publish({ id, stage, done, total });
        },
      });
      return await this.#tensorflow(gpu);
    } finally {
      this.#installing = null;
    }
  }

  cancel(id: string): void {
    if (this.#installing?.id === id) this.#installing.abort.abort();
  }

  async remove(): Promise<void> {
    if (this.#installing) throw new UserError('value-invalid', 'an engine is being installed: wait or call it off');
    await rm(this.dir, { recursive: true, force: true });
  }

  close(): void {
    this.#installing?.abort.abort();
  }

  async #tensorflow(gpu: GpuReport): Promise<EngineStatus> {
    const status = { name: 'tensorflow', version: null, device: null } as const;
    let cuda = false;
    try {
      const manifest = readManifest(this.dir);
      if (!manifest) {
        const reason = unsupported() ?? 'not installed: residua engine install tensorflow';
        return { ...status, state: 'absent', reason, dir: null, places: absentPlaces('notInstalled', reason) };
      }
      cuda = manifest.cuda;
      const found = await checkEngine(this.spawner, this.dir);
      const noCuda = found.cuda ? null : whyNoCuda(gpu, cuda);
      return {
        ...status,
        state: 'ready',
        version: found.version,
        device: found.cuda ? cudaName(gpu) : `CPU, ${threads()}`,
        reason: noCuda,
        dir: this.dir,
        places: [
          processor(),
          found.cuda
            ? gpuPlace('cuda', gpu)
            : notReady('cuda', gpu.gpus.length > 0 ? 'noCuda' : 'noGpu', noCuda ?? NO_GPU),
        ],
      };
    } catch (error) {
      const reason = errorData(error).message;
      return { ...status, state: 'broken', reason, dir: this.dir, places: absentPlaces('failed', reason) };
    }
  }

  async #onnx(gpu: GpuReport): Promise<EngineStatus> {
    const status = { name: 'onnx', version: null, dir: null } as const;
    try {
      const { description } = await createOnnxEngine();
      const others = PLACES.onnx.filter((place) => place !== 'cpu');
      const places = [processor(), ...(await Promise.all(others.map((place) => this.#place(place, gpu))))];
      return { ...status, state: 'ready', device: description.replace(/^onnx · /, ''), reason: null, places };
    } catch (error) {
      return { ...status, state: 'broken', device: null, reason: errorData(error).message, places: [] };
    }
  }

  /** Whether onnxruntime computes on a device, tried in a process of its own. */
  async #place(place: Place, gpu: GpuReport): Promise<PlaceStatus> {
    const missing = whyNoProvider(place);
    if (missing !== null) return notReady(place, 'noProvider', missing);
    try {
      const { driver, software } = await checkPlace(this.spawner, place);
      if (software)
        return {
          ...notReady(
            place,
            'software',
            'a driver in software: it computes on the processor, slower than the CPU does itself',
          ),
          ready: true,
          name: driver,
        };
      const known = gpuPlace(place, gpu);
      const [card] = known.name === null ? await graphicsCards() : [];
      return {
        ...known,
        name: known.name ?? card?.name ?? driver,
        memoryBytes: known.memoryBytes ?? card?.memoryBytes ?? null,
      };
    } catch (error) {
      const { code, message } = errorData(error);
      return notReady(place, code === 'engine-missing' ? 'noGpu' : 'failed', message);
    }
  }
}

const NO_GPU = 'no NVIDIA GPU was found';
const notReady = (place: Place, why: PlaceStatus['why'], reason: string): PlaceStatus => ({
  place,
  ready: false,
  name: null,
  memoryBytes: null,
  why,
  reason,
});
const absentPlaces = (why: PlaceStatus['why'], reason: string): PlaceStatus[] =>
  PLACES.tensorflow.map((place) => notReady(place, why, reason));
const processor = (): PlaceStatus => ({
  place: 'cpu',
  ready: true,
  name: [cpus()[0]?.model.trim(), threads()].filter(Boolean).join(', '),
  memoryBytes: totalmem(),
  why: null,
  reason: null,
});
function gpuPlace(place: Place, { gpus: [gpu] }: GpuReport): PlaceStatus {
  return {
    place,
    ready: true,
    name: gpu?.name ?? null,
    memoryBytes: gpu?.memoryBytes ?? null,
    why: null,
    reason: null,
  };
}

const threads = (): string => {
  const count = availableParallelism();
  return `${count} ${count === 1 ? 'thread' : 'threads'}`;
};

const cudaName = ({ gpus }: GpuReport): string =>
  ['CUDA', ...gpus.map(({ name, memoryBytes }) => `${name}, ${(memoryBytes / 2 ** 30).toFixed(0)} GB`)].join(' · ');

/** Why a GPU that is there is not used; null where there is none. */
function whyNoCuda({ gpus, missing }: GpuReport, builtWithCuda: boolean): string | null {
  const [gpu] = gpus;
  if (!gpu) return builtWithCuda ? 'no NVIDIA GPU was found (nvidia-smi names none)' : null;
  if (!builtWithCuda)
    return `${gpu.name} is here, but this libtensorflow was built without CUDA: residua engine install tensorflow --cuda`;
  return missing.length > 0
    ? `${gpu.name} is here, but CUDA 12 libraries are missing: ${missing.join(', ')}`
    : `${gpu.name} is here, but libtensorflow did not take it: is the driver ${gpu.driver} new enough for CUDA 12?`;
}

/** The addon that came with the app, made when it was packaged. */
function prebuiltAddon(): string | null {
  const file = resourcePath('engines', `tfjs_binding-${process.platform}-${process.arch}.node`);
  return existsSync(file) ? file : null;
}
