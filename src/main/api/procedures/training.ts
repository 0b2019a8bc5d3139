import type { Services } from '../services';
import type { Part } from './base';

export function trainingProcedures(api: Part<'training'>, services: Services) {
  return {
    runs: api.runs.handler(() => services.session().runs.summaries()),
    run: api.run.handler(({ input }) => services.session().runs.detail(input.run)),
    estimate: api.estimate.handler(async ({ input }) => {
      const { known = false, ...options } = input;
      // Shapes of own blocks are those of the library: other files would have to be opened first.
      const blocks = options.block ? await services.blocks.list() : [];
      return services.session().runs.estimate(options, { ask: !known, blocks });
    }),
    start: api.start.handler(({ input }) => services.session().runs.start(input)),
    stop: api.stop.handler(({ input }) => services.session().runs.stop(input.run)),
    pause: api.pause.handler(({ input }) => services.session().runs.pause(input.run, input.paused)),
    resume: api.resume.handler(({ input }) => services.session().runs.resume(input.run, input.on)),
    annotate: api.annotate.handler(({ input }) => services.session().runs.annotate(input.run, input.name, input.note)),
    choosePredictor: api.choosePredictor.handler(async ({ input }) => {
      const session = services.session();
      if (input.choice?.run) session.runs.info(input.choice.run);
      session.project.choosePredictor(input.choice);
      await session.predictions.choose();
      session.runs.changed();
      return session.predictions.info;
    }),
    pauseProbe: api.pauseProbe.handler(({ input }) => {
      services.session().pauseProbe(input.paused);
      return {};
    }),
    exportModel: api.exportModel.handler(async ({ input }) => {
      const written = await services.session().runs.exportModel(input.run, input.dir);
      services.exported.add(written.folder);
      return written;
    }),
    scoreTest: api.scoreTest.handler(({ input }) => services.session().runs.scoreTest(input.run)),
  };
}
