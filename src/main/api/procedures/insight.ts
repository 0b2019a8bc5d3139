import { suspects } from '@main/insight';
import { ANSWER_CODES, predictionsUnder } from '@main/project';
import { decide, decideAnswer } from '@shared/decision';
import { takesPart } from '@shared/domain';
import { figuresFor, predictionsFor, thresholdsFor } from '../figures';
import { heatMapFor } from '../heatMap';
import { predictionList } from '../predictionList';
import { exportReport } from '../report';
import { scopeRows } from '../scopes';
import type { Services } from '../services';
import type { Part } from './base';

export function insightProcedures(api: Part<'insight'>, services: Services) {
  return {
    figures: api.figures.handler(({ input }) => figuresFor(services.session(), input)),
    cell: api.cell.handler(async ({ input: { run, head, scope, label, predicted, question } }) => {
      const session = services.session();
      const predictions = await predictionsFor(session, run, head, scope);
      const classes = session.classes();
      const rows = scopeRows(session.project, classes, predictions, scope);
      const positive = classes.positive === null ? null : classes.ids.indexOf(classes.positive);
      const [wanted, decided] = [classes.ids.indexOf(label), classes.ids.indexOf(predicted)];
      const counted = (row: number): boolean => rows.leaks[row] === 0 && takesPart(rows.states[row]!);
      if (question !== undefined) {
        const width = classes.ids.length;
        const q = classes.ids.indexOf(question);
        const yes = (row: number): number => rows.probabilities[row * width + q]!;
        const fits = (row: number): boolean =>
          counted(row) &&
          rows.answers?.[row * width + q] === ANSWER_CODES.indexOf(label === 1 ? 'yes' : 'no') &&
          !Number.isNaN(yes(row)) &&
          decideAnswer(yes(row), session.project.rule, question) === (predicted === 1);
        return { keys: [...rows.keys].filter((_, row) => fits(row)) };
      }
      const keys = [...rows.keys].filter(
        (_, row) =>
          rows.labels[row] === wanted &&
          counted(row) &&
          decide(rows.probabilities, row, classes.ids.length, session.project.rule, positive) === decided,
      );
      return { keys };
    }),
    suspects: api.suspects.handler(({ input }) => {
      const session = services.session();
      const { project } = session;
      const { predictions } = project.index;
      const present = predictions && predictionsUnder(predictions, project.scheme);
      if (!present) return { keys: [] };
      const classes = session.classes();
      const rows = scopeRows(project, classes, present, 'oof');
      const found = suspects({
        ...rows,
        // The scope has only samples of train and validation with out-of-fold predictions; leaks take part in neither.
        splits: Array.from(rows.leaks, (leak) => (leak === 1 ? null : 'train')),
        kinds: Array.from(rows.keys, () => 'out-of-fold' as const),
        classes: classes.ids.length,
        classIds: classes.ids,
        rule: project.rule,
        positive: classes.positive === null ? null : classes.ids.indexOf(classes.positive),
        withChecked: input.withChecked,
        question: input.question === undefined ? null : classes.ids.indexOf(input.question),
      });
      return { keys: found.map((row) => rows.keys[row]!) };
    }),
    thresholds: api.thresholds.handler(({ input }) => thresholdsFor(services.session(), input.run, input.head)),
    heatMap: api.heatMap.handler(({ input }) =>
      services.tasks.run(input.task, 'heat', (tools) => heatMapFor(services.session(), input, tools)),
    ),
    report: api.report.handler(({ input }) => exportReport(services, input)),
    predictions: api.predictions.handler(({ input }) => predictionList(services.session(), input)),
  };
}
