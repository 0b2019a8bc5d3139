import type { VolumeRefusal, VolumeRefusalCode } from '@shared/domain';
import { volumeWord } from '@shared/volumeWords';

/** A file that is not read, with a reason that both languages have words for. */
export class VolumeProblem extends Error {
  constructor(
    readonly file: string,
    readonly code: VolumeRefusalCode,
    readonly values: Readonly<Record<string, string | number>> = {},
    options: { cause?: unknown } = {},
  ) {
    super(`${file}: ${volumeWord('refusals', code, values)}`, options);
    this.name = 'VolumeProblem';
  }

  toRefusal(): VolumeRefusal {
    const { file, code, values } = this;
    return { file, code, values: { ...values }, reason: volumeWord('refusals', code, values) };
  }
}
