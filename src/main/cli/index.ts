#!/usr/bin/env node
import { runCommandLine } from './main';

// Libraries that greet on stdout would break the one line that `--json` promises.
console.log = console.info = console.debug = console.error;

const exitCode = await runCommandLine(process.argv.slice(2));
// Pools of native threads may outlive the work: end as soon as all that was said is out.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
