import { z } from 'zod';
import { engineReport, engineStatus } from '../domain';
import { base, nothing, task } from './base';

export const engines = {
  /** Every engine: where it computes, or why it does not. Loads each in a process of its own. */
  report: base.input(nothing).output(engineReport),
  /**
   * Installs the tensorflow engine; `engine` events tell how far it is.
   * @param from a wheel, a libtensorflow tarball or the folder of an installed engine; null: by pip from the package index
   * @param sha256 of a file whose hash is not known to the app @param cuda null: by what the machine has
   */
  install: base
    .input(
      task.extend({
        from: z.string().nullable(),
        sha256: z
          .string()
          .regex(/^[0-9a-fA-F]{64}$/)
          .nullable(),
        cuda: z.boolean().nullable(),
      }),
    )
    .output(engineStatus),
  cancel: base.input(task).output(nothing),
  /** Takes the tensorflow engine away. */
  remove: base.input(nothing).output(nothing),
};
