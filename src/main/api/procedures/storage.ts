import { placeOf } from '@main/project/disk/place';
import type { Services } from '../services';
import type { Part } from './base';

export function storageProcedures(api: Part<'storage'>, services: Services) {
  const storage = () => services.session().storage;
  return {
    info: api.info.handler(() => storage().info()),
    place: api.place.handler(({ input }) => placeOf(input.dir)),
    copySizes: api.copySizes.handler(async ({ input }) => ({
      ...(await storage().copySizes(input.dir)),
      limits: storage().limitsOfCopy(input.parts),
    })),
    copy: api.copy.handler(({ input }) => storage().copy(input.id, input.dir, input.parts)),
    relink: api.relink.handler(({ input }) => storage().relink(input.id, input.dir)),
    rebuild: api.rebuild.handler(async ({ input }) => {
      await storage().rebuild(input.id);
      return storage().info();
    }),
    cancel: api.cancel.handler(({ input }) => {
      services.tasks.cancel(input.id);
      services.current?.storage.cancel(input.id);
      return {};
    }),
    clear: api.clear.handler(({ input }) => storage().clear(input.what)),
    setBackupsTo: api.setBackupsTo.handler(({ input }) => storage().setBackupsTo(input.dir)),
  };
}
