import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Lets go of the files of databases that were closed. The driver finalises a prepared statement, and with the last one the
 * file, only when its object is collected; until then Windows can neither rename nor delete the project's folder.
 */
export async function releaseFiles(): Promise<void> {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  // Finalisers run in the next turn of the loop.
  await new Promise((done) => setImmediate(done));
}
