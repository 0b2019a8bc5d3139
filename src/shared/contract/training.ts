import { z } from 'zod';
import {
  head,
  predictorInfo,
  recipeOptions,
  runDetail,
  runEstimate,
  runSummary,
  exportedFile,
  where,
  ANYWHERE,
} from '../domain';
import { base, nothing, run } from './base';

export const training = {
  runs: base.input(nothing).output(z.array(runSummary)),
  run: base.input(run).output(runDetail),
  /** What a run with these options would take: shown before it starts. */
  /** `known`: nothing is measured for it. */
  estimate: base.input(recipeOptions.extend({ known: z.boolean().optional() })).output(runEstimate),
  /** Makes the run's folder and starts it, or queues it behind the present one. */
  start: base
    .input(recipeOptions.extend({ name: z.string().optional(), note: z.string().optional() }))
    .output(runSummary),
  /** Keeps the best so far. */
  stop: base.input(run).output(runSummary),
  /** Lets the run at work stand still between two steps, or go on at the same step; its state says when it does. */
  pause: base.input(run.extend({ paused: z.boolean() })).output(runSummary),
  /** @param on what a run that has not begun is to compute on; `auto`: as its recipe says */
  resume: base.input(run.extend({ on: where.default(ANYWHERE) })).output(runSummary),
  annotate: base.input(run.extend({ name: z.string(), note: z.string() })).output(runSummary),
  /** The predictor of now: a head of a run, the live probe (`run: null`), or null for the default rule. */
  choosePredictor: base
    .input(z.object({ choice: z.object({ run: z.string().nullable(), head }).nullable() }))
    .output(predictorInfo.nullable()),
  pauseProbe: base.input(z.object({ paused: z.boolean() })).output(nothing),
  /** The logged scoring of the test split, all heads of the run at once. */
  scoreTest: base.input(run).output(runSummary),
  /** Writes the run's network as `model.onnx` and `model-fp16.onnx`, each checked against the engine. @param dir null: below the project's `exports/` */
  exportModel: base
    .input(run.extend({ dir: z.string().nullable() }))
    .output(z.object({ folder: z.string(), files: z.array(exportedFile) })),
};
