import { Option } from 'commander';
import type { Command } from 'commander';
import { isUsed, optionHelp, optionKind, preset, RECIPE_KEYS, scope } from '@shared/domain';
import { between, blockOption, encoderOption, modesOption, nonEmpty, recipeFlag, tapsOption, whole } from '../options';
import { command, project } from './command';
import type { Take } from './command';

/** Training, and what a run says. */
export function training(residua: Command, take: Take): void {
  const train = command(residua, 'train', 'train on the labels of now')
    .addOption(project())
    .addOption(new Option('--preset <preset>', optionHelp('preset')).choices(preset.exclude(['booster']).options))
    .option('--taps <layers>', optionHelp('taps'), tapsOption)
    .option(
      '--block <file[:layer]>',
      'file or folder with the frozen block, and after a colon its layer, or layers as 28-31',
      blockOption,
    )
    .option('--causal', 'of --block: tokens see only those before them, and CLS stands last')
    .option('--rotary', "of --block: with the model's own rotary embedding")
    .option(
      '--encoder <encoder>',
      '"vit" (DINOv2-small; of volumes on slices), "vit3d", "vivit", or the file or folder of a ViT',
      encoderOption,
    );
  for (const key of RECIPE_KEYS)
    if (optionKind(key).kind !== 'other' && key !== 'preset' && (isUsed(key, 'quick') || isUsed(key, 'full')))
      train.addOption(recipeFlag(key));
  train
    .option('--dry-run', 'say what it would take, and start nothing')
    .option('--score-test', 'score the test split afterwards; this is logged')
    .action((options, self: Command) => {
      if ((options.causal || options.rotary) && options.block === undefined)
        self.error('error: --causal and --rotary are of --block');
      take(async (context) => (await import('../commands/train')).trainCommand(options, context));
    });

  command(
    residua,
    'booster',
    'does the frozen block help here? Compares it with no block, a random one and plain layers',
  )
    .addOption(project())
    .option('--modes <modes>', 'residual modes, as outer,inner', modesOption, ['outer' as const])
    .option('--seeds <n>', 'repetitions; fewer than 5 decide nothing', whole(1, 100))
    .option('--folds <n>', 'folds of each', whole(2, 20))
    .option('--epochs <n>', 'of each training', whole(1, 1000))
    .option('--delta <auc>', 'a difference of AUC that would not matter', between(0, 0.5))
    .option('--taps <layers>', '"last", or layers of the encoder such as 4,6,8', tapsOption)
    .option('--block <file>', 'file or folder with the frozen block, and after a colon its layer', blockOption)
    .addOption(recipeFlag('engine'))
    .addOption(recipeFlag('device'))
    .option('--dry-run', 'say what it would take, and start nothing')
    .action((options) =>
      take(async (context) => (await import('../commands/booster')).boosterCommand(options, context)),
    );

  command(residua, 'evaluate', 'figures of a run, with intervals')
    .addOption(project())
    .requiredOption('--run <id>', "the run's folder in runs/", nonEmpty)
    .addOption(new Option('--split <split>', '"test" is the logged scoring').choices(scope.options).default('oof'))
    .action((options) => take(async () => (await import('../commands/evaluate')).evaluateCommand(options)));

  command(residua, 'predict', 'probabilities of the samples of a project, or of other files')
    .argument('[file...]', 'files that are no part of the project')
    .addOption(project())
    .option('--run <id>', 'the default predictor otherwise', nonEmpty)
    .addOption(recipeFlag('engine'))
    .addOption(recipeFlag('device'))
    .action((files, options) => take(async () => (await import('../commands/predict')).predictCommand(files, options)));

  command(residua, 'run', 'execute a run folder, or go on where it ended')
    .argument('<folder>')
    .addOption(recipeFlag('engine'))
    .addOption(recipeFlag('device'))
    .action((folder, options) =>
      take(async (context) => (await import('../commands/train')).runCommand(folder, options, context)),
    );
}
