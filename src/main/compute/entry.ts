import { constants, setPriority } from 'node:os';
import { errorData } from '@shared/errors';
import { Pause } from '@main/training/pause';
import { METHODS, toChild } from './protocol';
import { Worker } from './worker';

/** Electron gives utility processes a port; Node's forks speak through `process`. */
interface ParentPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  postMessage(message: unknown): void;
}
const port = (process as NodeJS.Process & { parentPort?: ParentPort }).parentPort;
const send = (message: unknown): void => {
  if (port) port.postMessage(message);
  else process.send?.(message);
};

// Labels come first: whoever trains yields the processor to the window, but not to every other program. Where the system
// refuses, all stays as it is.
try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // no permission
}

const worker = new Worker();
const atWork = new Map<number, { stopping: AbortController; pause: Pause }>();

async function answer(id: number, method: keyof typeof METHODS, params: unknown): Promise<void> {
  const stopping = new AbortController();
  const pause = new Pause();
  atWork.set(id, { stopping, pause });
  try {
    const checked = METHODS[method].parse(params);
    const o = { signal: stopping.signal, pause, onProgress: (progress: unknown) => send({ id, progress }) };
    const result = await worker.call(method, checked, o);
    send({ id, result });
  } catch (error) {
    const data = errorData(error);
    if (data.code === 'internal') console.error(error);
    send({ id, error: data });
  } finally {
    atWork.delete(id);
  }
}

function receive(message: unknown): void {
  const said = toChild.parse(message);
  if ('abort' in said) atWork.get(said.abort)?.stopping.abort();
  else if ('pause' in said) atWork.get(said.pause)?.pause.set(said.held);
  else void answer(said.id, said.method, said.params);
}

if (port) port.on('message', (event) => receive(event.data));
else {
  process.on('message', receive);
  // The parent is gone: nothing that is computed would be heard, but a run's folder keeps its last epoch.
  process.on('disconnect', () => process.exit(0));
}
