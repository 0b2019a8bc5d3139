import { Option } from 'commander';
import type { Command } from 'commander';
import { nonEmpty } from '../options';
import { command, project } from './command';
import type { Take } from './command';

export function exports(residua: Command, take: Take): void {
  const group = command(residua, 'export', 'write what others can use');
  command(group, 'project', 'copy a project for a colleague, also while it is open')
    .argument('<folder>', 'must not be there yet')
    .addOption(project())
    .option('--originals', 'with the files that were imported')
    .option('--no-cache', 'without pixels, thumbnails and features')
    .option('--identity', 'with the file that names patients and folders')
    .action((folder, options) =>
      take(async (context) => (await import('../commands/give')).giveCommand(folder, options, context)),
    );
  command(group, 'model', "a run's network as model.onnx, in single and in half precision, checked against the engine")
    .addOption(project())
    .requiredOption('--run <id>', "the run's folder in runs/", nonEmpty)
    .option('--out <dir>', 'a new or empty folder; below exports/ of the project otherwise', nonEmpty)
    .action((options) => take(async () => (await import('../commands/export')).exportModelCommand(options)));
  command(group, 'methods', 'methods and figures for a paper: counts, splits, labels, recipe, metrics')
    .addOption(project())
    .option('--out <dir>', 'a new or empty folder; below exports/ of the project otherwise', nonEmpty)
    .option('--run <id>', 'the run that predicts otherwise', nonEmpty)
    .addOption(new Option('--language <language>', 'of the text').choices(['en', 'zh-CN']).default('en'))
    .action((options) => take(async () => (await import('../commands/export')).exportMethods(options)));
}
