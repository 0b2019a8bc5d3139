import type { Services } from '../services';
import type { Part } from './base';
import { packKeys } from '@shared/sampleKeys';

export function sampleProcedures(api: Part<'samples'>, services: Services) {
  return {
    list: api.list.handler(({ input }) => ({ packed: packKeys(services.session().project.index.list(input)) })),
    rows: api.rows.handler(({ input }) => services.session().project.index.rows(input.keys)),
    facets: api.facets.handler(({ input }) => services.session().project.index.facets(input.filter)),
    detail: api.detail.handler(({ input }) => services.session().detail(input.key)),
  };
}
