import type { Services } from '../services';
import type { Part } from './base';

export function blockProcedures(api: Part<'blocks'>, { blocks }: Services) {
  return {
    library: api.library.handler(() => blocks.list()),
    inspect: api.inspect.handler(({ input }) => blocks.inspect(input.path)),
    add: api.add.handler(({ input }) => blocks.add(input.path, input.layer)),
    remove: api.remove.handler(({ input }) => blocks.remove(input.id)),
  };
}
