import { z } from 'zod';

/** What networks run on (docs/engines.md); `auto`: the best that is there. */
export const engineName = z.enum(['onnx', 'tensorflow']);
export type EngineName = z.infer<typeof engineName>;
export const engineChoice = z.enum(['auto', ...engineName.options]);

/** Where an engine computes: the processor, any GPU through Vulkan, D3D12 or Metal, NVIDIA's CUDA, Windows' DirectML, Apple's Core ML. */
export const place = z.enum(['cpu', 'webgpu', 'cuda', 'dml', 'coreml']);
export type Place = z.infer<typeof place>;
/** `auto`: the best that is there. */
export const device = z.enum(['auto', ...place.options]);
export type Device = z.infer<typeof device>;

/** The devices that an engine has a way to. */
export const PLACES: Readonly<Record<EngineName, readonly Place[]>> = {
  onnx: place.options,
  tensorflow: ['cpu', 'cuda'],
};
/** What a person asks for. */
export const where = z.object({ engine: engineChoice.default('auto'), device: device.default('auto') });
export type Where = z.infer<typeof where>;
export const ANYWHERE: Where = { engine: 'auto', device: 'auto' };
export const isAnywhere = ({ engine, device: on }: Where): boolean => engine === 'auto' && on === 'auto';

/** Whether a person may ask for both together. */
export const fits = (engine: z.infer<typeof engineChoice>, on: Device): boolean =>
  engine === 'auto' || on === 'auto' || PLACES[engine].includes(on);

/** One device of an engine on this machine. */
export const placeStatus = z.object({
  place,
  /** It has multiplied a matrix and taken a gradient here. */
  ready: z.boolean(),
  /** Of the hardware or its driver, where it is known. */
  name: z.string().nullable(),
  memoryBytes: z.number().nullable(),
  /** Why it is not ready, or why `auto` passes it by; null where nothing is wrong. */
  why: z.enum(['noProvider', 'notInstalled', 'noGpu', 'noCuda', 'software', 'failed']).nullable(),
  /** The same in English, and in more detail. */
  reason: z.string().nullable(),
});
export type PlaceStatus = z.infer<typeof placeStatus>;

/** What a process found that computed on a device of the onnx engine. */
export const placeCheck = z.object({
  /** Its driver, where the system tells. */
  driver: z.string().nullable(),
  /** The driver only imitates a GPU on the processor: slower than computing there. */
  software: z.boolean(),
});
export type PlaceCheck = z.infer<typeof placeCheck>;

export const setupStage = z.enum(['download', 'verify', 'unpack', 'build', 'check']);
export type SetupStage = z.infer<typeof setupStage>;

/** What a process found that loaded the engine, multiplied a matrix and took a gradient. */
export const engineCheck = z.object({
  /** Of libtensorflow. */
  version: z.string(),
  /** It computes on a CUDA device. */
  cuda: z.boolean(),
});
export type EngineCheck = z.infer<typeof engineCheck>;

export const gpuReport = z.object({
  gpus: z.array(z.object({ name: z.string(), memoryBytes: z.number(), driver: z.string() })),
  /** CUDA's libraries that the tensorflow engine needs on a GPU. */
  found: z.array(z.string()),
  missing: z.array(z.string()),
});
export type GpuReport = z.infer<typeof gpuReport>;

export const engineStatus = z.object({
  name: engineName,
  state: z.enum(['ready', 'absent', 'broken']),
  version: z.string().nullable(),
  /** Where it computes, e.g. `CPU, 2 threads` or `CUDA, NVIDIA H100, 80 GB`. */
  device: z.string().nullable(),
  /** Why it is absent or broken, or does not use a GPU that is there. */
  reason: z.string().nullable(),
  /** Where it lies; null of what ships with the app. */
  dir: z.string().nullable(),
  /** Every device that the engine has a way to, and why one is not used. */
  places: z.array(placeStatus),
});
export type EngineStatus = z.infer<typeof engineStatus>;

export const engineReport = z.object({
  engines: z.array(engineStatus),
  gpu: gpuReport,
  /** Why no engine can be installed on this machine; null where one can. */
  unsupported: z.string().nullable(),
});
export type EngineReport = z.infer<typeof engineReport>;

/** How far an installation is. */
export const engineProgress = z.object({
  id: z.string(),
  stage: setupStage,
  done: z.number(),
  total: z.number(),
});
export type EngineProgress = z.infer<typeof engineProgress>;
