import type { Services } from '../services';
import type { Part } from './base';

export function volumeProcedures(api: Part<'volumes'>, services: Services) {
  const { volumes } = services;
  return {
    list: api.list.handler(({ input, signal }) => volumes.list(input.paths, signal)),
    open: api.open.handler(({ input }) => volumes.open(input.id)),
    overlays: api.overlays.handler(({ input }) => volumes.overlays(input.id)),
    openSample: api.openSample.handler(async ({ input: { key } }) => {
      const { project } = services.session();
      const place = project.pixels.volumeOf(key);
      if (place === null) return null;
      const { entry, volume, unproven } = await project.volumes.locate(place);
      if (unproven) await project.volumes.read(place);
      const opened = await services.volumes.openEntry(entry, volume.id);
      return { volume, box: project.boxes.table.get(key)?.box ?? null, opened };
    }),
    ofSample: api.ofSample.handler(({ input: { key } }) => {
      const { pixels, volumes: studies } = services.session().project;
      const volume = pixels.volumeOf(key);
      return volume === null ? null : studies.get(volume);
    }),
    textQueue: api.textQueue.handler(() => ({ keys: services.session().project.textReviews.queue() })),
    reviewText: api.reviewText.handler(({ input }) =>
      services.session().project.textReviews.review(input.key, input.verdict),
    ),
    labelNames: api.labelNames.handler(({ input }) => volumes.labelNames(input.id)),
    close: api.close.handler(async ({ input }) => {
      await volumes.close(input.token);
      return {};
    }),
  };
}
