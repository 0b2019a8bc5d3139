import { z } from 'zod';
import {
  maskedVolume,
  maskExport,
  maskExported,
  maskGeometry,
  maskInfo,
  maskName,
  maskSaved,
  maskSegments,
  maskStepContent,
  openMask,
} from '../domain';
import { base, nothing } from './base';

const mask = z.object({ mask: z.string() });
/** `seen`: the last step that the window knows; where there is a later one, nothing is done. */
const next = mask.extend({ seen: z.number().int().nonnegative() });

export const masks = {
  /** Of one image, or all of the project; the oldest first. */
  list: base.input(z.object({ volume: maskedVolume.nullable() })).output(z.array(maskInfo)),
  open: base.input(mask).output(openMask),
  create: base
    .input(
      z.object({
        volume: maskedVolume,
        name: maskName,
        geometry: maskGeometry,
        segments: maskSegments,
        /** Runs of its map as base64; null: empty. */
        initial: z.string().nullable(),
      }),
    )
    .output(maskInfo),
  /** Answers when the step is durable, never before. */
  step: base.input(next.extend({ content: maskStepContent })).output(maskSaved),
  undo: base.input(next).output(maskSaved),
  redo: base.input(next).output(maskSaved),
  rename: base.input(next.extend({ name: maskName })).output(maskSaved),
  remove: base.input(next).output(nothing),
  export: base.input(maskExport).output(maskExported),
};
