import { lastWork } from '../lastWork';
import type { Services } from '../services';
import type { Part } from './base';

export function returningProcedures(api: Part<'returning'>, services: Services) {
  return {
    last: api.last.handler(() => lastWork(services.session())),
    place: api.place.handler(({ input }) => services.session().project.placeOf(input.reader)),
    keepPlace: api.keepPlace.handler(({ input }) => {
      const { project } = services.session();
      if (!project.readOnly) project.keepPlace(input.reader, input.place);
      return {};
    }),
  };
}
