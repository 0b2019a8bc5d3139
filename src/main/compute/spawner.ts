import { fork } from 'node:child_process';

/** A child process that speaks in messages, whoever started it (Node's fork or Electron's utilityProcess). */
export interface ChildHandle {
  readonly pid: number | undefined;
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Once; `signal` where the system says it (`SIGKILL`), else null. */
  onExit(listener: (code: number | null, signal: string | null) => void): void;
  /** Ends it at once. */
  kill(): void;
}

/** Starts the compute entry (`out/main/compute.js`) in a process of its own; messages travel by structured clone. */
export interface Spawner {
  spawn(environment: Record<string, string>): ChildHandle;
}

/** Children of plain Node. @param entry absolute path of the built (or, in tests, bundled) compute entry */
export function forkSpawner(entry: string): Spawner {
  return {
    spawn(environment) {
      const child = fork(entry, [], {
        serialization: 'advanced',
        env: { ...process.env, ...environment },
        // What a codec prints must not get into the one line of `--json`: both go where errors go.
        stdio: ['ignore', 2, 2, 'ipc'],
      });
      return {
        pid: child.pid,
        send: (message) => void child.send(message as object),
        onMessage: (listener) => void child.on('message', listener),
        onExit: (listener) => void child.once('exit', listener),
        kill: () => void child.kill('SIGKILL'),
      };
    },
  };
}
