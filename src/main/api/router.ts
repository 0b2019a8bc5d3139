import { createRouterClient } from '@orpc/server';
import type { Client } from '@shared/contract';
import { clientError } from '@shared/rpc';
import type { ApiRouter, Endpoint } from './endpoint';
import { pixelResponse } from './pixels';
import { appProcedures } from './procedures/app';
import { boxProcedures } from './procedures/boxes';
import { blockProcedures } from './procedures/blocks';
import { encoderProcedures } from './procedures/encoders';
import { implemented } from './procedures/base';
import { engineProcedures } from './procedures/engines';
import { importProcedures } from './procedures/imports';
import { insightProcedures } from './procedures/insight';
import { maskProcedures } from './procedures/masks';
import { labelProcedures } from './procedures/labels';
import { projectProcedures } from './procedures/project';
import { returningProcedures } from './procedures/returning';
import { sampleProcedures } from './procedures/samples';
import { storageProcedures } from './procedures/storage';
import { trainingProcedures } from './procedures/training';
import { volumeProcedures } from './procedures/volumes';
import type { Services } from './services';

/** Implements the contract over the services. The procedures are thin: what they do lives in the folders that they call. */
export function router(services: Services): ApiRouter {
  const api = implemented(services);
  return api.router({
    app: appProcedures(api.app, services),
    project: projectProcedures(api.project, services),
    engines: engineProcedures(api.engines, services),
    imports: importProcedures(api.imports, services),
    samples: sampleProcedures(api.samples, services),
    labels: labelProcedures(api.labels, services),
    training: trainingProcedures(api.training, services),
    blocks: blockProcedures(api.blocks, services),
    volumes: volumeProcedures(api.volumes, services),
    boxes: boxProcedures(api.boxes, services),
    masks: maskProcedures(api.masks, services),
    encoders: encoderProcedures(api.encoders, services),
    insight: insightProcedures(api.insight, services),
    storage: storageProcedures(api.storage, services),
    returning: returningProcedures(api.returning, services),
    events: api.events.handler(({ signal }) => services.events.subscribe(() => services.present(), signal)),
  });
}

/** The services as transports know them. */
export const endpointOf = (services: Services): Endpoint => ({
  router: router(services),
  pixels: (path) => pixelResponse(services, path),
});

/** The typed client within the same process: the same procedures, checked the same way, without a wire. */
export function localClient(services: Services): Client {
  return createRouterClient(router(services), {
    context: {},
    interceptors: [({ next }) => next().catch((error: unknown) => Promise.reject(clientError(error)))],
  });
}
