import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The addon of tfjs-node-gpu, beside the libraries that it was built against. */
export const ADDON = 'tfjs_binding.node';
const MANIFEST = 'engine.json';

/** What an installed engine's folder says of itself. It is written last: a folder without it is no engine. */
export const manifest = z.object({
  /** Of libtensorflow. */
  version: z.string(),
  /** Its libraries were built with CUDA. */
  cuda: z.boolean(),
  platform: z.string(),
  /** Where the libraries came from: the file's name and its SHA-256. */
  source: z.string(),
  sourceHash: z.string().nullable(),
  /** `built` here, or `prebuilt`. */
  addon: z.enum(['built', 'prebuilt']),
  installedAt: z.string(),
  /** SHA-256 by file. */
  files: z.record(z.string(), z.string()),
});
export type Manifest = z.infer<typeof manifest>;

export const manifestPath = (dir: string): string => join(dir, MANIFEST);

/** The installed engine of a folder, or null. @throws Error where its file is damaged */
export function readManifest(dir: string): Manifest | null {
  const path = manifestPath(dir);
  if (!existsSync(path) || !existsSync(join(dir, ADDON))) return null;
  return manifest.parse(JSON.parse(readFileSync(path, 'utf8')));
}
