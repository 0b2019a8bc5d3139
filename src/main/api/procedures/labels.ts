import { mayBeCompared, type LabelChange } from '@shared/domain';
import { UserError } from '@shared/errors';
import { suggestedAnswers } from '@shared/scheme';
import { rereadOutcome } from '../rereads';
import type { Services } from '../services';
import type { Part } from './base';

/**
 * The short path: a label is set, made durable and answered; windows hear of it and the probe refits afterwards.
 */
export function labelProcedures(api: Part<'labels'>, services: Services) {
  return {
    set: api.set.handler(({ input }) => {
      const session = services.session();
      const saved = session.project.labels.set(input.keys, input.change, {
        origin: input.origin,
        context: input.context,
        reader: input.reader,
      });
      session.labelsChanged(input.keys);
      return saved;
    }),
    accept: api.accept.handler(({ input }) => {
      const session = services.session();
      const rows = session.project.index.rows(input.keys);
      const changes = rows.flatMap((row): { key: number; change: LabelChange }[] => {
        const { key, answers: present, prediction, split, state } = row;
        if (!prediction || !mayBeCompared(prediction.kind, split) || state === 'excluded') return [];
        const { class: id } = prediction;
        const answers = prediction.answers && suggestedAnswers(present, prediction.answers);
        if (answers) return [{ key, change: { answers } }];
        return id === null ? [] : [{ key, change: { class: id } }];
      });
      if (changes.length === 0) throw new UserError('value-invalid', 'none of these samples has a suggestion');
      const keys = changes.map(({ key }) => key);
      const saved = session.project.labels.setEach(changes, {
        origin: keys.length > 1 ? 'bulk' : 'suggestion',
        context: input.context,
      });
      session.labelsChanged(keys);
      return saved;
    }),
    rereads: api.rereads.handler(() => services.session().project.rereads.list()),
    startReread: api.startReread.handler(({ input }) => services.session().project.rereads.start(input.seed)),
    reread: api.reread.handler(({ input: { round, key, change, reader } }) => {
      const session = services.session();
      const { project } = session;
      const saved =
        round === null
          ? project.labels.reread(key, change, { round: 0, reader })
          : project.rereads.read(round, key, change);
      session.labelsChanged([key]);
      return saved;
    }),
    endReread: api.endReread.handler(({ input }) => {
      const { project } = services.session();
      project.rereads.end(input.round);
      return rereadOutcome(project, input.round);
    }),
    rereadSummary: api.rereadSummary.handler(({ input }) => rereadOutcome(services.session().project, input.round)),
    undo: api.undo.handler(() => {
      const session = services.session();
      const undone = session.project.labels.undo();
      if (undone.scheme) session.schemeChanged();
      if (undone.patients) session.splitsChanged();
      if (undone.boxes) session.boxesChanged(undone.keys);
      else session.labelsChanged(undone.keys);
      return undone;
    }),
    redo: api.redo.handler(() => {
      const session = services.session();
      const redone = session.project.labels.redo();
      if (redone.scheme) session.schemeChanged();
      if (redone.patients) session.splitsChanged();
      if (redone.boxes) session.boxesChanged(redone.keys);
      else session.labelsChanged(redone.keys);
      return redone;
    }),
    activity: api.activity.handler(({ input }) => services.session().project.labels.activity(input)),
    exportCsv: api.exportCsv.handler(({ input }) =>
      services.session().project.labels.exportCsv(input.file, { allReaders: input.allReaders }),
    ),
    importCsv: api.importCsv.handler(async ({ input }) => {
      const session = services.session();
      const { keys, ...result } = await session.project.labels.importCsv(input.file, { reader: input.reader });
      session.labelsChanged(keys);
      return result;
    }),
  };
}
