import type { Services } from '../services';
import type { Part } from './base';

export function volumeProcedures(api: Part<'volumes'>, { volumes }: Services) {
  return {
    list: api.list.handler(({ input, signal }) => volumes.list(input.paths, signal)),
    open: api.open.handler(({ input }) => volumes.open(input.id)),
    labelNames: api.labelNames.handler(({ input }) => volumes.labelNames(input.id)),
    close: api.close.handler(async ({ input }) => {
      await volumes.close(input.token);
      return {};
    }),
  };
}
