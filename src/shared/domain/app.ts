import { z } from 'zod';
import { recentProject } from './project';

export const locale = z.enum(['en', 'zh-CN']);
export type Locale = z.infer<typeof locale>;
export const theme = z.enum(['dark', 'light', 'system']);
export type Theme = z.infer<typeof theme>;

/** What the app remembers of a person on this workstation, across projects. */
export const settings = z.object({
  locale: locale.nullable().default(null),
  theme: theme.default('dark'),
  /** Who read last; offered, never assumed, when a project opens. */
  reader: z.string().nullable().default(null),
  /** Rebound shortcuts: action → binding, e.g. `retrain` → `Ctrl+R`. */
  shortcuts: z.record(z.string(), z.string()).default({}),
  /** Panel widths, thumbnail size, filters by project … whatever a page wants to find again. */
  ui: z.record(z.string(), z.json()).default({}),
});
export type Settings = z.infer<typeof settings>;

export const BUNDLED_SAMPLES = ['breastmnist', 'adrenalmnist3d'] as const;
export const bundledSample = z.object({
  id: z.enum(BUNDLED_SAMPLES),
  name: z.string(),
  bytes: z.number().int(),
});
export type BundledSample = z.infer<typeof bundledSample>;

export const appInfo = z.object({
  version: z.string(),
  shell: z.enum(['electron', 'browser', 'command-line']),
  platform: z.string(),
  settings,
  recent: z.array(recentProject),
  samples: z.array(bundledSample),
  /** Where new projects go unless the person says otherwise. */
  projectsDir: z.string(),
  engine: z.string(),
});
export type AppInfo = z.infer<typeof appInfo>;

export const folderEntry = z.object({
  name: z.string(),
  path: z.string(),
  kind: z.enum(['file', 'folder', 'project']),
  bytes: z.number().nullable(),
});
export const folderListing = z.object({
  dir: z.string(),
  parent: z.string().nullable(),
  entries: z.array(folderEntry),
});
export type FolderListing = z.infer<typeof folderListing>;
