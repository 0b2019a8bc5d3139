import { lastWork } from '../lastWork';
import type { Services } from '../services';
import type { Part } from './base';

export function returningProcedures(api: Part<'returning'>, services: Services) {
  return {
    last: api.last.handler(() => lastWork(services.session())),
    place: api.place.handler(({ input }) => services.session().project.places.of(input.reader)),
    keepPlace: api.keepPlace.handler(({ input }) => {
      const { project } = services.session();
      if (!project.readOnly) project.places.keep(input.reader, input.place);
      return {};
    }),
  };
}
