import { preview, resplit } from '../resplit';
import type { Services } from '../services';
import type { Part } from './base';

export function projectProcedures(api: Part<'project'>, services: Services) {
  return {
    info: api.info.handler(() => services.current?.info() ?? null),
    open: api.open.handler(async ({ input }) => (await services.open(input.dir, input.elsewhere, input.task)).info()),
    close: api.close.handler(async () => {
      await services.closeProject();
      return {};
    }),
    rename: api.rename.handler(({ input }) => {
      const session = services.session();
      session.project.rename(input.name);
      services.user.remember(session.project.dir, input.name);
      return session.frameChanged();
    }),
    setReader: api.setReader.handler(({ input }) => {
      const session = services.session();
      session.project.setReader(input.reader);
      services.user.saveSettings({ reader: input.reader });
      return session.frameChanged();
    }),
    setClasses: api.setClasses.handler(({ input }) => {
      const session = services.session();
      session.project.labels.setClasses(input.classes, input.positive);
      return session.schemeChanged();
    }),
    mergeClasses: api.mergeClasses.handler(({ input }) => {
      const session = services.session();
      session.project.labels.mergeClasses(input.from, input.into);
      return session.schemeChanged();
    }),
    splitClass: api.splitClass.handler(({ input }) => {
      const session = services.session();
      session.project.labels.splitClass(input.class, input.into);
      return session.schemeChanged();
    }),
    setRule: api.setRule.handler(({ input }) => {
      const session = services.session();
      session.project.setRule(input);
      session.predictions.announce();
      return session.frameChanged();
    }),
    suggestInput: api.suggestInput.handler(() => services.session().project.inputChoice.suggested()),
    setInput: api.setInput.handler(({ input }) => services.setInput(input)),
    pairs: api.pairs.handler(({ input }) => services.session().project.duplicates.page(input.offset, input.limit)),
    resplit: api.resplit.handler(({ input }) => {
      const session = services.session();
      session.project.resplit(resplit(session.project, input), input.voidTestScores);
      return session.splitsChanged();
    }),
    splitHistory: api.splitHistory.handler(() => services.session().project.splitVersions.history()),
    previewSplits: api.previewSplits.handler(({ input }) => preview(services.session().project, input)),
    lookForNear: api.lookForNear.handler(async ({ input }) => {
      const session = services.session();
      const ended = session.near.start();
      if (input.wait) await ended;
      return session.info();
    }),
    cancelNear: api.cancelNear.handler(async () => {
      const session = services.session();
      await session.near.cancel();
      return session.info();
    }),
  };
}
