import { utilityProcess } from 'electron';
import type { Spawner } from '@main/compute';

/** Children as Electron's utility processes: Node without a window, gone with the app. @param entry finds the built entry, @param name in lists of processes */
export function utilitySpawner(entry: () => string, name: string): Spawner {
  return {
    spawn: (environment) => {
      const child = utilityProcess.fork(entry(), [], {
        env: { ...process.env, ...environment },
        serviceName: name,
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
