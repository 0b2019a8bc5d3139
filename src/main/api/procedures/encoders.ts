import type { Services } from '../services';
import type { Part } from './base';

export function encoderProcedures(api: Part<'encoders'>, { encoders }: Services) {
  return {
    library: api.library.handler(() => encoders.list()),
    inspect: api.inspect.handler(({ input }) => encoders.inspect(input.path)),
    add: api.add.handler(({ input }) => encoders.add(input.path)),
    remove: api.remove.handler(({ input }) => encoders.remove(input.id)),
  };
}
