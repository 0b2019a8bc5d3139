import type { Services } from '../services';
import type { Part } from './base';

export function sampleProcedures(api: Part<'samples'>, services: Services) {
  return {
    list: api.list.handler(({ input: { first, ...list } }) => ({
      keys: services.session().project.index.list(list).slice(0, first),
    })),
    rows: api.rows.handler(({ input }) => services.session().project.index.rows(input.keys)),
    facets: api.facets.handler(({ input }) => services.session().project.index.facets(input.filter)),
    detail: api.detail.handler(({ input }) => services.session().detail(input.key)),
  };
}
