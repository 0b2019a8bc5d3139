import type { Command } from 'commander';
import { intensityOption, nonEmpty, tripleOption, whole } from '../options';
import { command, project } from './command';
import type { Take } from './command';

export function boxes(residua: Command, take: Take): void {
  const group = command(
    residua,
    'boxes',
    'boxes in volumes of studies, each a sample; patient millimetres (LPS); `labels undo` takes back',
  );
  const of = () => import('../commands/boxes');
  const byReader = (made: Command): Command =>
    made.addOption(project()).option('--reader <name>', "the project's reader otherwise", nonEmpty);

  command(group, 'list', 'the boxes of now')
    .addOption(project())
    .action((options) => take(async () => (await of()).boxesList(options)));
  byReader(command(group, 'add', 'draw a box'))
    .argument('<volume>', 'its pseudonym, or the name of its file or folder')
    .requiredOption('--centre <x,y,z>', 'its middle: millimetres to the left, to the back, to the head', tripleOption())
    .requiredOption('--size <x,y,z>', 'millimetres from face to face', tripleOption(0))
    .option('--name <name>', 'what its sample is called behind the volume; box-1 and so on otherwise', nonEmpty)
    .action((volume, options) => take(async () => (await of()).boxesAdd(volume, options)));
  byReader(command(group, 'remove', 'take boxes away; their labels wait for them to come back'))
    .argument('<samples...>', 'as `boxes list` names them')
    .action((samples, options) => take(async () => (await of()).boxesRemove(samples, options)));
  byReader(command(group, 'import', 'boxes of a table or a list, with their labels'))
    .argument(
      '<file>',
      'CSV with volume, x, y, z, size_x, size_y, size_z (name, label, axis_11 …), or the same as JSON',
    )
    .action((file, options) => take(async () => (await of()).boxesImport(file, options)));
}

export function input(residua: Command, take: Take): void {
  const group = command(residua, 'input', 'how volumes of studies become what the network sees');
  const of = () => import('../commands/input');
  command(group, 'show', 'the recipe of now, and the one that fits the data')
    .addOption(project())
    .action((options) => take(async () => (await of()).inputShow(options)));
  command(group, 'set', 'another recipe; what is not named stays')
    .addOption(project())
    .option('--fit', 'start from the recipe that fits the volumes and boxes of now')
    .option('--grid <x,y,z>', 'voxels', tripleOption(0, whole(4, 256)))
    .option('--spacing <x,y,z>', 'millimetres from voxel to voxel', tripleOption(0))
    .option(
      '--intensity <rule>',
      'windows:-160..240[,LOW..HIGH,LOW..HIGH] of HU, percentiles:1..99, suv:10, or range:0..255',
      intensityOption,
    )
    .action((options) => take(async () => (await of()).inputSet(options)));
}
