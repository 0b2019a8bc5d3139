import type { Services } from '../services';
import type { Part } from './base';

export function engineProcedures(api: Part<'engines'>, { engines }: Services) {
  return {
    report: api.report.handler(() => engines.report()),
    install: api.install.handler(({ input }) => engines.install(input)),
    cancel: api.cancel.handler(({ input }) => {
      engines.cancel(input.id);
      return {};
    }),
    remove: api.remove.handler(async () => {
      await engines.remove();
      return {};
    }),
  };
}
