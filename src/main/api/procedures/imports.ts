import type { Services } from '../services';
import type { Part } from './base';

export function importProcedures(api: Part<'imports'>, services: Services) {
  return {
    inspect: api.inspect.handler(({ input }) =>
      services.imports.inspect(input, input.into ? services.session().project : null),
    ),
    listStudies: api.listStudies.handler(({ input }) =>
      services.studies.list(input, input.into ? services.session().project : null),
    ),
    beginStudies: api.beginStudies.handler(({ input }) => services.studies.begin(input)),
    cancelStudies: api.cancelStudies.handler(async () => {
      await services.studies.cancel();
      return {};
    }),
    previewTable: api.previewTable.handler(({ input }) =>
      services.imports.previewTable(
        input.folder,
        input.table,
        input.map,
        input.into ? services.session().project : null,
      ),
    ),
    review: api.review.handler(({ input }) => services.imports.review(input.importId, input.likeness)),
    commit: api.commit.handler(async ({ input }) => {
      const result = await services.imports.commit(input.importId, input.decisions);
      await services.open(result.project);
      return result;
    }),
    reviewGrowth: api.reviewGrowth.handler(({ input }) => services.imports.reviewGrowth(input.importId)),
    grow: api.grow.handler(({ input: { importId, ...decisions } }) =>
      services.grow((project) => services.imports.grow(importId, project, decisions)),
    ),
    cancel: api.cancel.handler(async ({ input }) => {
      await services.imports.cancel(input.importId);
      return {};
    }),
  };
}
