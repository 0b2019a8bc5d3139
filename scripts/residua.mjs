/** `npm run -s residua -- COMMAND`: the command line of this checkout, built first where sources are newer. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './build.mjs';

await buildIfStale({ quiet: true });
// npm runs scripts in the checkout's root; paths are meant from where the person stands.
if (process.env.npm_lifecycle_event === 'residua' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
await import(pathToFileURL(resolve(import.meta.dirname, '../out/main/cli.js')).href);
