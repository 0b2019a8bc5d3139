import type { Command } from 'commander';
import { between, nonEmpty, valueNamesOption, whole } from '../options';
import { command, project } from './command';
import type { Take } from './command';

export function volumes(residua: Command, take: Take): void {
  const group = command(residua, 'volume', 'volumes in files and folders: what is in them, and writing them anew');
  const of = () => import('../commands/volume');
  command(group, 'info', 'geometry, values and hash of every volume; 1 where none can be read')
    .argument('<path...>', 'files or folders')
    .action((paths) => take(async (context) => (await of()).volumeInfo(paths, context)));
  command(group, 'boxes', 'a box around each value of label maps, as `boxes import` reads them')
    .argument('<path...>', 'label maps: files or folders; volumes are called as they are')
    .requiredOption('--out <file>', 'CSV to be written', nonEmpty)
    .option('--names <names>', 'which values, and what their class is called: 1=anterior,2=posterior', valueNamesOption)
    .option('--margin <mm>', 'millimetres beyond the outermost voxels', between(-1, 1000))
    .action((paths, options) =>
      take(async (context) => (await import('../commands/labelBoxes')).labelBoxes(paths, options, context)),
    );
  command(group, 'convert', 'write what was read, with its geometry')
    .argument('<path>', 'a file or a folder')
    .argument('<out>', 'OUT.nii.gz, OUT.nii or OUT.nrrd')
    .option('--volume <n>', 'which one, where there are several', whole(1))
    .action((path, out, options) => take(async (context) => (await of()).volumeConvert(path, out, options, context)));
  command(group, 'masks', 'masks that were drawn over volumes')
    .addOption(project())
    .action((options) => take(async () => (await import('../commands/mask')).maskList(options)));
  command(group, 'mask', 'write a mask as a label map, or as a DICOM SEG')
    .argument('<mask>', 'its name or id')
    .argument('<out>', 'OUT.nii.gz, OUT.nii or OUT.dcm')
    .addOption(project())
    .option('--identity', 'of a DICOM SEG: patient and study of its images, and which pictures it lies on')
    .option('--images <path...>', 'files or folders that it was drawn on, where they are not of the project')
    .action((mask, out, options) => take(async () => (await import('../commands/mask')).maskWrite(mask, out, options)));
}
