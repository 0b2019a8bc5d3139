import { Option } from 'commander';
import type { Command } from 'commander';
import { setName, stage } from '../bench/quality/plan';
import { between, nonEmpty, recipeFlag, someOf, whole } from '../options';
import { command } from './command';
import type { Take } from './command';

export function bench(residua: Command, take: Take): void {
  const group = command(residua, 'bench', 'measure this machine');
  const shell = (): Option => new Option('--shell <shell>', 'window to measure').choices(['electron', 'browser']);

  command(group, 'label', 'from a key press until the saved label is on screen')
    .option('--keys <n>', 'key presses', whole(10, 100_000), 300)
    .addOption(new Option('--train [preset]', 'while it trains too').choices(['quick', 'full']).preset('quick'))
    .addOption(shell())
    .action((options) => take(async (context) => (await import('../bench/label')).benchLabel(options, context)));
  command(group, 'booster', 'whether the booster check can tell, on tasks whose answer is known')
    .option('--repeats <n>', 'of each task', whole(1, 1000), 20)
    .option('--out <file>', 'keeps each answer, and goes on after those that it has', nonEmpty)
    .action((options) => take(async (context) => (await import('../bench/booster')).benchBooster(options, context)));
  command(group, 'quality', "what the presets reach on MedMNIST's sets, chosen on validation")
    .option('--data <dir>', "folder of MedMNIST's files; only tells what was found otherwise", nonEmpty)
    .requiredOption('--out <dir>', 'keeps projects and results, and goes on after those that it has', nonEmpty)
    .option('--set <names>', 'sets, as breast,retina', someOf(setName.options), [...setName.options])
    .option('--presets <names>', 'what is trained, in this order', someOf(stage.options), [...stage.options])
    .option('--seeds <n>', 'of each', whole(1, 100), 3)
    .option('--hours <h>', 'begin no run after so many', between(0, 1000))
    .option('--score', 'score the test split of what was trained; once a run, and logged')
    .option('--report <file>', 'write the tables as Markdown', nonEmpty)
    .action((options) => take(async (context) => (await import('../bench/quality')).benchQuality(options, context)));
  command(group, 'loop', 'from a correction to new predictions, and the preset "quick" cold and warm')
    .option('--data <file>', 'the bundled sample otherwise')
    .option('--corrections <n>', 'corrected labels', whole(1, 1000), 20)
    .option('--probe-only', 'leave the preset "quick" out')
    .action((options) => take(async (context) => (await import('../bench/loop')).benchLoop(options, context)));
  command(group, 'volumes', "from the import of volumes to the probe's predictions, labelling meanwhile")
    .option('--data <file>', 'the bundled volumes otherwise')
    .action((options) => take(async (context) => (await import('../bench/volumes')).benchVolumes(options, context)));
  command(group, 'volume', 'opening a CT of many DICOM files: listed, first slice, all of it, beside a plain read')
    .option('--data <path>', 'a file or folder; a synthetic CT otherwise', nonEmpty)
    .option('--files <n>', 'slices of the synthetic CT', whole(2, 10_000), 600)
    .option('--window', 'in a browser too: until it is drawn, slices, dragging, memory of every process')
    .option('--soak <n>', 'with --window: how many times more it is opened and closed', whole(0, 1000), 0)
    .option('--volview <dist>', 'the folder dist of the npm package volview: the same files in it, in turns', nonEmpty)
    .option('--rounds <n>', 'turns', whole(1, 100), 1)
    .action((options) => take(async (context) => (await import('../bench/volume')).benchVolume(options, context)));
  command(group, 'studies', 'studies that come into a project in the background, labelling meanwhile')
    .option('--studies <n>', 'synthetic CT, one a patient', whole(2, 10_000), 200)
    .option('--slices <n>', 'of each', whole(2, 2000), 16)
    .option('--side <n>', 'pixels a side of a slice', whole(8, 512), 64)
    .action((options) => take(async (context) => (await import('../bench/studies')).benchStudies(options, context)));
  command(group, 'gallery', 'opening and scrolling a project of many samples')
    .option('--samples <n>', 'samples', whole(100, 1_000_000), 100_000)
    .addOption(shell())
    .action((options) => take(async (context) => (await import('../bench/gallery')).benchGallery(options, context)));
  command(group, 'open', 'reopening a project of many samples until it can be used')
    .option('--samples <n>', 'samples', whole(100, 1_000_000), 100_000)
    .option('--rounds <n>', 'fresh processes', whole(1, 100), 5)
    .option('--no-window', 'the services alone')
    .addOption(shell())
    .action((options) => take(async (context) => (await import('../bench/open')).benchOpen(options, context)));
  command(group, 'kill', 'what is lost when app and training are killed at random moments')
    .option('--kills <n>', 'kills', whole(1, 1000), 50)
    .option('--seed <n>', 'seed of the moments', whole(0), 1)
    .action((options) => take(async (context) => (await import('../bench/kill')).benchKill(options, context)));
  command(group, 'table', 'mapping and importing a table with a picture a row')
    .option('--rows <n>', 'rows', whole(100, 1_000_000), 200_000)
    .action((options) => take(async (context) => (await import('../bench/table')).benchTable(options, context)));
  command(group, 'import-block', 'reading one layer out of a large checkpoint, and importing it')
    .option('--file <file[:layer]>', 'a sparse checkpoint of 13 GB otherwise', nonEmpty)
    .action((options) =>
      take(async (context) => (await import('../bench/importBlock')).benchImportBlock(options, context)),
    );
  command(group, 'growth', 'what the absorbed block costs as tokens and images grow')
    .option('--svg <file>', 'draw it')
    .addOption(recipeFlag('engine'))
    .action((options) => take(async (context) => (await import('../bench/growth')).benchGrowth(options, context)));
  const network = (name: string, description: string): Command =>
    command(group, name, description)
      .addOption(
        new Option('--model <model>', 'the encoder').choices(['vit-192x6', 'vit-s16-224']).default('vit-192x6'),
      )
      .addOption(
        new Option('--block-size <size>', "SmolLM2-135M's or LLaMA-7B's").choices(['576', '7b']).default('576'),
      )
      .option('--batch <n>', 'images', whole(1, 4096), 32)
      .option('--rounds <n>', 'measured batches', whole(1, 10_000), 10)
      .option('--pytorch <python>', 'an interpreter with torch, measured in turns', nonEmpty)
      .addOption(recipeFlag('engine'))
      .addOption(recipeFlag('device'));
  network('step', 'one training step with the absorbed block, the full one, and none').action((options) =>
    take(async (context) => (await import('../bench/step')).benchStep(options, context)),
  );
  network('predict', 'answers for one batch with the absorbed block, the full one, and none').action((options) =>
    take(async (context) => (await import('../bench/step')).benchPredict(options, context)),
  );
}
