import type { Head } from '@shared/domain';

export interface FilePrediction {
  readonly file: string;
  /** [C] in the order of the classes. */
  readonly probabilities: Float32Array;
}

/** Predictions of a run's head for image files (or npz arrays) outside of the project. */
export function predictFiles(folder: string, head: Head, files: readonly string[]): Promise<FilePrediction[]> {
  throw new Error(folder + head + files.length);
}
