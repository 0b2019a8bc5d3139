import { z } from 'zod';
import { decisionRule, figures, head, heatMap, predictionList, scope, thresholds, where, ANYWHERE } from '../domain';
import { base, keys } from './base';

export const insight = {
  figures: base
    .input(
      z.object({
        /** null: the live probe, labels of now. */
        run: z.string().nullable(),
        head,
        scope,
        rule: decisionRule.optional(),
        /** `original`: those of scored test samples as they were at the first scoring, before any blind re-read. */
        labels: z.enum(['now', 'original']).default('now'),
      }),
    )
    .output(figures),
  /** Samples of a cell of the confusion matrix, by class ids; of one question's (`question`: its class id) by 1 yes and 0 no. */
  cell: base
    .input(
      z.object({
        run: z.string().nullable(),
        head,
        scope,
        label: z.number().int(),
        predicted: z.number().int(),
        question: z.number().int().optional(),
      }),
    )
    .output(z.object({ keys })),
  /**
   * The model disagrees with these labels, the surest first; checked samples only on request. Train and validation only.
   * `question`: only disputes about this one of several answers.
   */
  suspects: base
    .input(z.object({ withChecked: z.boolean().default(false), question: z.number().int().optional() }))
    .output(z.object({ keys })),
  /** Of several answers: the threshold of each question at which sensitivity and specificity together are greatest; never on test. */
  thresholds: base.input(z.object({ run: z.string().nullable(), head })).output(thresholds),
  /**
   * Covers each part of a sample in turn, and says how much the run's opinion of one class falls. A test sample has none before the run has scored the test.
   * @param task under which `task` events say how far it is, and by which it is called off
   */
  heatMap: base
    .input(z.object({ task: z.string(), run: z.string(), head, key: z.number().int(), class: z.number().int() }))
    .output(heatMap),
  /** Writes the methods report: text, and figures as CSV and SVG. */
  report: base
    .input(
      z.object({
        /** null: a new folder below the project's `exports/`. */
        dir: z.string().nullable().default(null),
        /** null: the run that predicts, else the last finished one, else the live probe. */
        run: z.string().nullable().default(null),
        language: z.enum(['en', 'zh-CN']).default('en'),
      }),
    )
    .output(z.object({ folder: z.string(), files: z.array(z.string()) })),
  /** All predictions of the project, or of files that are not part of it. */
  predictions: base
    .input(
      z.object({
        run: z.string().nullable(),
        head: head.nullable(),
        files: z.array(z.string()).optional(),
        /** What files are computed on; `auto`: as the run itself. */
        on: where.default(ANYWHERE),
      }),
    )
    .output(predictionList),
};
