import { utilityProcess } from 'electron';
import { computeEntry } from '@main/api';
import type { Spawner } from '@main/compute';

/** Compute children as Electron's utility processes: Node without a window, gone with the app. */
export function utilitySpawner(): Spawner {
  return {
    spawn: (environment) => {
      const child = utilityProcess.fork(computeEntry(), [], {
        env: { ...process.env, ...environment },
        serviceName: 'Residua compute',
        stdio: 'inherit',
      });
      return {
        get pid() {
          return child.pid;
        },
        send: (message) => child.postMessage(message),
        onMessage: (listener) => void child.on('message', listener),
        // The system's signal is not told; a kill for memory reads as an exit that nobody asked for.
        onExit: (listener) => void child.once('exit', (code) => listener(code, null)),
        kill: () => void child.kill(),
      };
    },
  };
}
