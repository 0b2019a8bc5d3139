import { implement, ORPCError } from '@orpc/server';
import { EventBus, type CallContext, type Endpoint } from '@main/api';
import { contract } from '@shared/contract';
import { UserError } from '@shared/errors';

/** A small endpoint that shows what a transport does with answers, errors and events. Procedures that no test calls answer NOT_FOUND. */
export function testEndpoint(): Endpoint & { events: EventBus; headers: Headers[] } {
  const events = new EventBus();
  const headers: Headers[] = [];
  const api = implement(contract).$context<CallContext>();
  const absent = (): never => {
    throw new ORPCError('NOT_FOUND');
  };
  const all = Object.fromEntries(
    Object.entries(contract).map(([part, procedures]) => [
      part,
      part === 'events'
        ? absent
        : Object.fromEntries(
            Object.keys(procedures).map((name) => [
              name,
              (api as unknown as Record<string, Record<string, { handler(f: () => never): unknown }>>)[part]![
                name
              ]!.handler(absent),
            ]),
          ),
    ]),
  ) as unknown as Parameters<typeof api.router>[0];
  return {
    events,
    headers,
    router: api.router({
      ...all,
      labels: {
        ...all.labels,
        set: api.labels.set.handler(({ input, context }) => {
          if (context.reqHeaders) headers.push(context.reqHeaders);
          return {
            saved: true,
            events: input.keys.map((key) => `event-${key}`),
            batch: null,
            journal: input.keys.length,
          };
        }),
        undo: api.labels.undo.handler(() => {
          const error = new UserError('nothing-to-undo', 'there is nothing to undo', { file: 'labels' });
          throw new ORPCError('USER', { status: 422, message: error.message, data: error.toData() });
        }),
        // A defect: the answer breaks the contract.
        redo: api.labels.redo.handler(() => ({ saved: false }) as never),
      },
      events: api.events.handler(({ signal }) => events.subscribe(() => [{ type: 'project', info: null }], signal)),
    }),
    pixels: async (path) => ({
      status: 200,
      type: 'application/octet-stream',
      body: new TextEncoder().encode(`pixels of ${path}`),
    }),
  };
}
