import { exportMask } from '../masks';
import type { Services } from '../services';
import type { Part } from './base';

export function maskProcedures(api: Part<'masks'>, services: Services) {
  const book = () => services.session().project.masks;
  return {
    list: api.list.handler(({ input }) => book().list(input.volume)),
    open: api.open.handler(({ input }) => book().open(input.mask)),
    create: api.create.handler(({ input }) => book().create(input)),
    step: api.step.handler(({ input }) => book().step(input.mask, input.seen, input.content)),
    undo: api.undo.handler(({ input }) => book().undo(input.mask, input.seen)),
    redo: api.redo.handler(({ input }) => book().redo(input.mask, input.seen)),
    rename: api.rename.handler(({ input }) => book().rename(input.mask, input.seen, input.name)),
    remove: api.remove.handler(({ input }) => {
      book().remove(input.mask, input.seen);
      return {};
    }),
    export: api.export.handler(({ input }) => exportMask(services, input)),
  };
}
