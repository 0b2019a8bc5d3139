import { Argument } from 'commander';
import type { Command } from 'commander';
import { hash, nonEmpty } from '../options';
import { command } from './command';
import type { Take } from './command';

export function engines(residua: Command, take: Take): void {
  const group = command(residua, 'engine', 'what networks run on');
  const of = () => import('../commands/engine');
  command(group, 'list', 'the engines of this machine, and why one is not used').action(() =>
    take(async () => (await of()).engineList()),
  );
  command(group, 'install', 'install the optional engine')
    .addArgument(new Argument('<engine>', 'its name').choices(['tensorflow']))
    .option(
      '--from <path>',
      "a wheel, a libtensorflow tarball, or an installed engine's folder; by pip otherwise",
      nonEmpty,
    )
    .option('--sha256 <hex>', 'hash of a file that Residua does not know', hash)
    .option('--cuda', 'the build for NVIDIA GPUs; by what the machine has otherwise')
    .option('--no-cuda', 'the build for the CPU')
    .action((_engine, options) => take(async (context) => (await of()).engineInstall(options, context)));
  command(group, 'remove', 'take the optional engine away')
    .addArgument(new Argument('<engine>', 'its name').choices(['tensorflow']))
    .action(() => take(async () => (await of()).engineRemove()));
}
