import type { Command } from 'commander';
import { whole } from '../options';
import { command } from './command';
import type { Take } from './command';

export function volumes(residua: Command, take: Take): void {
  const group = command(residua, 'volume', 'volumes in files and folders: what is in them, and writing them anew');
  const of = () => import('../commands/volume');
  command(group, 'info', 'geometry, values and hash of every volume; 1 where none can be read')
    .argument('<path...>', 'files or folders')
    .action((paths) => take(async (context) => (await of()).volumeInfo(paths, context)));
  command(group, 'convert', 'write what was read, with its geometry')
    .argument('<path>', 'a file or a folder')
    .argument('<out>', 'OUT.nii.gz, OUT.nii or OUT.nrrd')
    .option('--volume <n>', 'which one, where there are several', whole(1))
    .action((path, out, options) => take(async (context) => (await of()).volumeConvert(path, out, options, context)));
}
