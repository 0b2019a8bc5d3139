import type { EngineCheck, SetupStage } from '@shared/domain';

/** How a long installation is told of and called off. */
export interface SetupTools {
  readonly onProgress: (stage: SetupStage, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export type EngineSource =
  | { readonly kind: 'online'; readonly cuda: boolean }
  /** A wheel, a libtensorflow tarball, or the folder of an engine that was installed on another machine. */
  | { readonly kind: 'local'; readonly path: string; readonly sha256?: string };

export interface InstallOptions extends SetupTools {
  /** Where the engine is to lie; what was installed there before makes way once the new one works. */
  readonly dir: string;
  readonly source: EngineSource;
  /** An addon that came with the app; built here where there is none. */
  readonly prebuilt: string | null;
  /** Loads what lies in a folder in a process of its own, multiplies a matrix and takes a gradient. */
  readonly check: (dir: string, signal?: AbortSignal) => Promise<EngineCheck>;
}
