import { implement, ORPCError } from '@orpc/server';
import { contract } from '@shared/contract';
import { UserError } from '@shared/errors';
import { PROJECT_HEADER } from '@shared/rpc';
import type { CallContext } from '../endpoint';
import type { Services } from '../services';

/** The contract to be implemented: errors travel as data, and a call meant for another project than the open one is refused. */
export const implemented = (services: Services) =>
  implement(contract)
    .$context<CallContext>()
    .use(async ({ context, path, next }) => {
      try {
        // Whatever opens, closes or asks which project is open concerns no certain one.
        const meant =
          path[0] === 'app' ||
          path[0] === 'imports' ||
          path[0] === 'engines' ||
          path[0] === 'blocks' ||
          path[0] === 'encoders' ||
          path[0] === 'events' ||
          path.join('.') === 'storage.place' ||
          isFrame(path);
        await services.ready();
        if (!meant) services.expectProject(context.reqHeaders?.get(PROJECT_HEADER) ?? null);
        return await next();
      } catch (error) {
        if (error instanceof UserError)
          throw new ORPCError('USER', { status: 422, message: error.message, data: error.toData(), cause: error });
        if (!(error instanceof ORPCError)) console.error(`${path.join('.')} failed`, error);
        throw error;
      }
    });

const isFrame = (path: readonly string[]): boolean =>
  path[0] === 'project' && ['info', 'open', 'close'].includes(path[1] ?? '');

/** One part of the contract, ready for its handlers. */
export type Part<K extends keyof ReturnType<typeof implemented>> = ReturnType<typeof implemented>[K];
