import { Command } from 'commander';
import { bench } from './groups/bench';
import { boxes, input } from './groups/boxes';
import { classes } from './groups/classes';
import { command } from './groups/command';
import type { Take } from './groups/command';
import { data } from './groups/data';
import { engines } from './groups/engines';
import { exports } from './groups/exports';
import { labels } from './groups/labels';
import { training } from './groups/training';
import { volumes } from './groups/volumes';
import { blocks, encoders } from './groups/weights';
import { nonEmpty, whole } from './options';

/** The words of the command line. Each command's own code is loaded when it runs, so that `--help` costs nothing. */
export function program(version: string, take: Take): Command {
  const residua = new Command('residua')
    .description('Label, train and check classifiers of medical scans, offline.')
    .version(version)
    .option('--json', 'exactly one JSON object on one line of stdout; all else on stderr')
    .configureHelp({ showGlobalOptions: true });

  data(residua, take);
  training(residua, take);
  labels(residua, take);
  classes(residua, take);
  exports(residua, take);
  blocks(residua, take);
  encoders(residua, take);
  engines(residua, take);
  volumes(residua, take);
  boxes(residua, take);
  input(residua, take);

  command(residua, 'serve', 'the app for a browser on this machine')
    .option('--project <dir>', 'open this project', nonEmpty)
    .option('--port <n>', 'any free one otherwise', whole(0, 65535))
    .action((options) => take(async (context) => (await import('./commands/serve')).serveCommand(options, context)));

  command(residua, 'doctor', 'what this machine has, and what is missing').action(() =>
    take(async () => (await import('./commands/doctor')).doctorCommand()),
  );

  bench(residua, take);
  return residua;
}
