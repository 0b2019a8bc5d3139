import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { acc, agreementOf, auc, binaryAuc, brier, confusionOf, logLoss } from '@main/insight';
import { officialDecisions } from '@main/insight/official';
import { hasReference, referencePath } from '../../shared-data';

interface Case {
  y: number[];
  p: number[][];
  expected: Record<string, number> & { confusion: number[][] };
}

describe.skipIf(!hasReference)('figures equal scikit-learn', () => {
  const expected = hasReference
    ? (JSON.parse(readFileSync(referencePath('metrics', 'expected.json'), 'utf8')) as Record<string, Case>)
    : {};

  describe.each(['classes2', 'classes5'])('%s', (name) => {
    const { y = [], p = [], expected: answer } = expected[name] ?? ({} as Case);
    const scored = { labels: y, probabilities: p.flat(), classes: p[0]?.length ?? 2 };
    const confusion = confusionOf(y, officialDecisions(scored), scored.classes);
    const ours = (): Record<string, number | null> => {
      const agreement = agreementOf(confusion);
      return {
        auc: auc(scored),
        acc: acc(scored),
        balanced_acc: agreement.balancedAccuracy,
        f1_macro: agreement.f1Macro,
        kappa: agreement.kappa,
        kappa_quadratic: agreement.kappaQuadratic,
        mcc: agreement.mcc,
        log_loss: logLoss(scored),
        brier: brier(
          p.map((row) => row[1]!),
          y,
        ),
      };
    };
    const names = ['auc', 'acc', 'balanced_acc', 'f1_macro', 'kappa', 'kappa_quadratic', 'mcc', 'log_loss'];
    it.each(name === 'classes2' ? [...names, 'brier'] : names)('%s', (figure) => {
      expect(ours()[figure]).toBeCloseTo(answer[figure]!, 12);
    });
    it('confusion', () => expect(confusion).toEqual(answer.confusion));
  });

  it('multilabel6: mean of the labels’ AUC', () => {
    const {
      y,
      p,
      expected: answer,
    } = expected.multilabel6 as unknown as { y: number[][]; p: number[][]; expected: { auc: number } };
    const values = y[0]!.map((_, label) =>
      binaryAuc(
        p.map((row) => row[label]!),
        y.map((row) => row[label]!),
      )!,
    );
    expect(values.reduce((a, b) => a + b) / values.length).toBeCloseTo(answer.auc, 12);
  });
});
