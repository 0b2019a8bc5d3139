import { z } from 'zod';
import {
  blockLayers,
  head,
  inputRecipe,
  likeness,
  labelAnswers,
  labelKind,
  labelState,
  place,
  recipe,
  split,
  where,
} from '@shared/domain';
import type { ClassList, TrainingSample } from '@main/training';

/** What a compute child is asked, checked on both sides. Arrays of numbers travel as they are (structured clone). */
const sample: z.ZodType<TrainingSample> = z.object({
  key: z.number().int().nonnegative(),
  id: z.string(),
  contentHash: z.string(),
  group: z.number().int(),
  split: split.nullable(),
  leak: z.boolean(),
  class: z.number().int().nullable(),
  answers: labelAnswers.nullable().optional(),
  state: labelState,
  event: z.string().nullable(),
  reason: z.string().nullable().optional(),
});
const classList: z.ZodType<ClassList> = z.object({
  ids: z.array(z.number().int()),
  names: z.array(z.string()),
  positive: z.number().int().nullable(),
  kind: labelKind,
});
const project = z.object({ dir: z.string(), input: inputRecipe });
const fit = z.object({ project, samples: z.array(sample), classes: classList, choose: z.boolean() });

/** The methods of a child and what each takes. */
export const METHODS = {
  prepareFeatures: z.object({ project, samples: z.array(sample) }),
  fitProbe: fit,
  neighbours: z.object({ key: z.number().int(), count: z.number().int() }),
  predictFiles: z.object({
    run: z.object({ folder: z.string(), head, on: where }).nullable(),
    files: z.array(z.string()),
  }),
  /** Of one sample of the run's project. */
  heatMap: z.object({ folder: z.string(), head, key: z.number().int(), class: z.number().int() }),
  findDuplicates: z.object({ dir: z.string(), likeness }),
  runFolder: z.object({ folder: z.string() }),
  scoreRun: z.object({ folder: z.string() }),
  exportRun: z.object({ folder: z.string(), to: z.string() }),
  checkEngine: z.object({ dir: z.string() }),
  checkPlace: z.object({ place }),
  hashBlock: z.object({ path: z.string(), layer: blockLayers }),
  encoderFacts: z.object({ path: z.string() }),
  inspectEncoder: z.object({ path: z.string() }),
  importEncoder: z.object({ path: z.string(), into: z.string() }),
  inspectBlock: z.object({ path: z.string() }),
  importBlock: z.object({ path: z.string(), layer: z.number().int(), into: z.string() }),
  measure: z.object({
    projectDir: z.string(),
    recipe,
    input: inputRecipe,
    flips: z.boolean(),
    classes: z.number().int(),
    kind: labelKind,
    keys: z.array(z.number().int()),
    labels: z.instanceof(Int16Array),
    answers: z.instanceof(Uint8Array).nullable(),
    steps: z.boolean(),
  }),
} as const;
export type Method = keyof typeof METHODS;
export type Params<M extends Method> = z.infer<(typeof METHODS)[M]>;
