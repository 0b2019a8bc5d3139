import { z } from 'zod';

/** Where an engine can compute; `auto`: the best that is there. */
export const device = z.enum(['auto', 'cpu', 'cuda']);
export type Device = z.infer<typeof device>;

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
  name: z.enum(['onnx', 'tensorflow']),
  state: z.enum(['ready', 'absent', 'broken']),
  version: z.string().nullable(),
  /** Where it computes, e.g. `CPU, 2 threads` or `CUDA, NVIDIA H100, 80 GB`. */
  device: z.string().nullable(),
  /** Why it is absent or broken, or does not use a GPU that is there. */
  reason: z.string().nullable(),
  /** Where it lies; null of what ships with the app. */
  dir: z.string().nullable(),
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
