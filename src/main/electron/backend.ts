import type { BrowserWindow, MessagePortMain } from 'electron';
import {
  computeEntry,
  createServices,
  endpointOf,
  portHandler,
  volumesEntry,
  type Endpoint,
  type Services,
} from '@main/api';
import { serveSocket, socketPath } from '@main/web/socket';
import { pickWith, showFolder } from './pick';
import { utilitySpawner } from './spawner';

/** The services as the window and command lines reach them. */
export interface Backend {
  readonly services: Services;
  readonly endpoint: Endpoint;
  /** Answers the contract on a window's port. */
  accept(port: MessagePortMain): void;
  close(): Promise<void>;
}

/** @param window above which dialogs open, @param openWindow opens another one */
export async function backend(window: () => BrowserWindow | null, openWindow: () => void): Promise<Backend> {
  const socket = socketPath();
  const services = createServices({
    shell: 'electron',
    spawner: utilitySpawner(computeEntry, 'Residua compute'),
    volumeSpawner: utilitySpawner(volumesEntry, 'Residua volumes'),
    pick: pickWith(window),
    openWindow,
    showFolder,
    socket,
  });
  const endpoint = endpointOf(services);
  const handler = portHandler(endpoint.router);
  const server = await serveSocket(services, socket);
  return {
    services,
    endpoint,
    accept: (port) => {
      handler.upgrade(port, { context: {} });
      port.start();
    },
    close: async () => {
      await services.close();
      await server.close();
    },
  };
}
