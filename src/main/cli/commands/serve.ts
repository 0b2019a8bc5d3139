import { resolve } from 'node:path';
import { serveBrowser, serveSocket, socketPath } from '@main/web';
import type { Context } from '../context';
import { ownServices } from '../session';

/** The app in a browser, without a window of its own, until the process is told to end. */
export async function serveCommand(
  options: { project?: string; port?: number },
  { output, signal }: Context,
): Promise<null> {
  const socket = socketPath();
  const services = ownServices({ shell: 'browser', socket });
  const commands = await serveSocket(services, socket);
  const shell = await serveBrowser(services, { port: options.port });
  try {
    if (options.project !== undefined) await services.open(resolve(options.project));
    const url = shell.link();
    output.answer({ json: { url, port: shell.port }, text: url });
    // A link works once; a person at the terminal gets another one by pressing Enter.
    if (process.stdin.isTTY) process.stdin.on('data', () => process.stdout.write(`${shell.link()}\n`)).unref();
    if (!signal.aborted) await new Promise((end) => signal.addEventListener('abort', end, { once: true }));
    return null;
  } finally {
    await shell.close();
    await commands.close();
    await services.close();
  }
}
