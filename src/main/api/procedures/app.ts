import { listFolder } from '../folders';
import type { Services } from '../services';
import type { Part } from './base';

export function appProcedures(api: Part<'app'>, services: Services) {
  return {
    info: api.info.handler(() => services.info()),
    saveSettings: api.saveSettings.handler(({ input }) => services.user.saveSettings(input)),
    pick: api.pick.handler(({ input }) => services.pick(input.what, input.suggestion)),
    openWindow: api.openWindow.handler(() => {
      services.openWindow();
      return {};
    }),
    listFolder: api.listFolder.handler(({ input }) => listFolder(input.dir)),
    showFolder: api.showFolder.handler(async ({ input }) => {
      await services.show(input.dir);
      return {};
    }),
    forgetRecent: api.forgetRecent.handler(({ input }) => {
      services.user.forget(input.dir);
      return services.info();
    }),
  };
}
