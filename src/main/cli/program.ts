import { Argument, Command, Option } from 'commander';
import {
  folderMeaning,
  isUsed,
  labelChanges,
  patientDecision,
  labelState,
  optionHelp,
  optionKind,
  preset,
  RECIPE_KEYS,
  scope,
  splitPolicy,
} from '@shared/domain';
import { setName, stage } from './bench/quality/plan';
import type { Context } from './context';
import {
  between,
  blockOption,
  encoderOption,
  hash,
  modesOption,
  namesOption,
  nonEmpty,
  recipeFlag,
  someOf,
  tapsOption,
  whole,
} from './options';
import type { Answer } from './output';

type Work = (context: Context) => Promise<Answer | null>;

/** Takes the command that the arguments name, to be done once all arguments are known to be right. */
export type Take = (work: Work) => void;

const project = (): Option =>
  new Option('--project <dir>', 'folder of the project').argParser(nonEmpty).makeOptionMandatory();

/** The words of the command line. Each command's own code is loaded when it runs, so that `--help` costs nothing. */
export function program(version: string, take: Take): Command {
  const residua = new Command('residua')
    .description('Label, train and check classifiers of medical scans, offline.')
    .version(version)
    .option('--json', 'exactly one JSON object on one line of stdout; all else on stderr')
    .configureHelp({ showGlobalOptions: true });

  command(residua, 'import', 'make a project of .npz or .npy files or of folders of images, or add them to one')
    .argument('<path...>', 'files or folders')
    .option('--project <dir>', 'folder of the project; where there is one already, the files are added to it', nonEmpty)
    .option('--name <name>', 'name of the project', nonEmpty)
    .option('--table <file>', 'CSV or XLSX with columns path,label and, where known, patient,split,reader', nonEmpty)
    .option('--map <file>', 'JSON that says which column of the table is what, and how labels are spelled', nonEmpty)
    .option('--dry-run', 'say what would be imported, and write nothing')
    .addOption(
      new Option(
        '--changed-labels <which>',
        'of a project that is there: labels that the table changed; "untouched" leaves those that somebody has set since',
      ).choices(labelChanges.options),
    )
    .addOption(
      new Option(
        '--changed-patients <what>',
        'of a project that is there: samples of which the table names another patient; "take" makes a new version of the splits',
      ).choices(patientDecision.options),
    )
    .option('--void-test-scores', 'take them although that voids scores of the test split')
    .option('--classes <names>', 'classes beside those of the files, as A,B; nothing need be labelled yet', namesOption)
    .addOption(
      new Option('--folders <meaning>', 'what folders inside stand for where no table speaks').choices(
        folderMeaning.options,
      ),
    )
    .addOption(new Option('--splits <policy>', 'how samples are split').choices(splitPolicy.options))
    .option('--positive <class>', 'the class that AUC and sensitivity speak of')
    .option('--ordered', 'the classes are ranks')
    .option(
      '--near <likeness>',
      'correlation above which pictures are near-duplicates, .99 unless said',
      between(0.5, 1),
    )
    .option('--flips', 'left and right do not matter for the classes')
    .option('--in-place', 'also where the folder lies on a network or in a cloud')
    .action((paths, options, self: Command) => {
      if (options.project === undefined && !options.dryRun)
        self.error("error: required option '--project <dir>' not specified");
      take(async (context) => (await import('./commands/import')).importCommand(paths, options, context));
    });

  command(residua, 'duplicates', 'list pairs of duplicates; looks for near ones where the import did not')
    .addOption(project())
    .action((options) =>
      take(async (context) => (await import('./commands/splits')).duplicatesCommand(options, context)),
    );

  command(residua, 'resplit', 'make a new version of the splits, on labels and pairs of now')
    .addOption(project())
    .addOption(
      new Option('--splits <policy>', 'how samples are split; as now unless said').choices(splitPolicy.options),
    )
    .option('--seed <n>', 'seed of a new split; as now unless said', whole(0))
    .option('--void-test-scores', 'though scores of the present test split will stand for nothing')
    .action((options) => take(async () => (await import('./commands/splits')).resplitCommand(options)));

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
      take(async (context) => (await import('./commands/train')).trainCommand(options, context));
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
      take(async (context) => (await import('./commands/booster')).boosterCommand(options, context)),
    );

  command(residua, 'evaluate', 'figures of a run, with intervals')
    .addOption(project())
    .requiredOption('--run <id>', "the run's folder in runs/", nonEmpty)
    .addOption(new Option('--split <split>', '"test" is the logged scoring').choices(scope.options).default('oof'))
    .action((options) => take(async () => (await import('./commands/evaluate')).evaluateCommand(options)));

  command(residua, 'predict', 'probabilities of the samples of a project, or of other files')
    .argument('[file...]', 'files that are no part of the project')
    .addOption(project())
    .option('--run <id>', 'the default predictor otherwise', nonEmpty)
    .addOption(recipeFlag('engine'))
    .addOption(recipeFlag('device'))
    .action((files, options) => take(async () => (await import('./commands/predict')).predictCommand(files, options)));

  labels(residua, take);
  classes(residua, take);

  command(residua, 'run', 'execute a run folder, or go on where it ended')
    .argument('<folder>')
    .addOption(recipeFlag('engine'))
    .addOption(recipeFlag('device'))
    .action((folder, options) =>
      take(async (context) => (await import('./commands/train')).runCommand(folder, options, context)),
    );

  command(residua, 'relink', 'find the originals of a project again below a folder')
    .argument('<folder>')
    .addOption(project())
    .action((folder, options) =>
      take(async (context) => (await import('./commands/relink')).relinkCommand(folder, options, context)),
    );

  exports(residua, take);
  blocks(residua, take);
  encoders(residua, take);

  engines(residua, take);
  volumes(residua, take);

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

function volumes(residua: Command, take: Take): void {
  const group = command(residua, 'volume', 'volumes in files and folders: what is in them, and writing them anew');
  const of = () => import('./commands/volume');
  command(group, 'info', 'geometry, values and hash of every volume; 1 where none can be read')
    .argument('<path...>', 'files or folders')
    .action((paths) => take(async (context) => (await of()).volumeInfo(paths, context)));
  command(group, 'convert', 'write what was read, with its geometry')
    .argument('<path>', 'a file or a folder')
    .argument('<out>', 'OUT.nii.gz, OUT.nii or OUT.nrrd')
    .option('--volume <n>', 'which one, where there are several', whole(1))
    .action((path, out, options) => take(async (context) => (await of()).volumeConvert(path, out, options, context)));
}

function engines(residua: Command, take: Take): void {
  const group = command(residua, 'engine', 'what networks run on');
  const of = () => import('./commands/engine');
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

function blocks(residua: Command, take: Take): void {
  const group = command(residua, 'block', 'blocks of language models: what a file holds, and what a block computes');
  const of = () => import('./commands/block');
  command(group, 'list', 'the model, its blocks and tensors of a file or folder')
    .argument('<file>', 'safetensors, GGUF, PyTorch .bin or .pth, llama2.c .bin, or a folder of them')
    .action((file) => take(async () => (await of()).blockList(file)));
  command(group, 'run', 'one block on given numbers, to hold an import against the original')
    .argument('<file[:layer]>', 'file or folder, and after a colon its layer, or layers as 28-31', blockOption)
    .requiredOption('--input <file>', 'npz with the array u [B, N, L]', nonEmpty)
    .requiredOption('--output <file>', 'npz to write: block, and block_norm after the final norm', nonEmpty)
    .option('--causal', 'tokens see only those before them')
    .option('--rotary', "with the model's own rotary embedding")
    .addOption(recipeFlag('engine'))
    .addOption(recipeFlag('device'))
    .action((place, options) => take(async (context) => (await of()).blockRun(place, options, context)));
}

function encoders(residua: Command, take: Take): void {
  const group = command(residua, 'encoder', '2D encoders in files: timm, Hugging Face ViT, DeiT, DINO, DINOv2, MAE');
  const of = () => import('./commands/encoder');
  command(group, 'list', 'the encoder and the tensors of a file or folder')
    .argument('<file>', 'safetensors, PyTorch .bin or .pth, or a folder of them')
    .action((file) => take(async () => (await of()).encoderList(file)));
  command(group, 'run', 'an encoder on given pictures, to hold an import against the original')
    .argument('<file>', 'file or folder')
    .requiredOption(
      '--input <file>',
      'npz with the array pixels [B, S, S, 3] or [B, S, S, 1], as the encoder reads them',
      nonEmpty,
    )
    .requiredOption(
      '--output <file>',
      'npz to write: tokens of the last layer, and norm after the final LayerNorm',
      nonEmpty,
    )
    .addOption(recipeFlag('engine'))
    .addOption(recipeFlag('device'))
    .action((file, options) => take(async () => (await of()).encoderRun(file, options)));
}

function exports(residua: Command, take: Take): void {
  const group = command(residua, 'export', 'write what others can use');
  command(group, 'project', 'copy a project for a colleague, also while it is open')
    .argument('<folder>', 'must not be there yet')
    .addOption(project())
    .option('--originals', 'with the files that were imported')
    .option('--no-cache', 'without pixels, thumbnails and features')
    .option('--identity', 'with the file that names patients and folders')
    .action((folder, options) =>
      take(async (context) => (await import('./commands/give')).giveCommand(folder, options, context)),
    );
  command(group, 'model', "a run's network as model.onnx, in single and in half precision, checked against the engine")
    .addOption(project())
    .requiredOption('--run <id>', "the run's folder in runs/", nonEmpty)
    .option('--out <dir>', 'a new or empty folder; below exports/ of the project otherwise', nonEmpty)
    .action((options) => take(async () => (await import('./commands/export')).exportModelCommand(options)));
  command(group, 'methods', 'methods and figures for a paper: counts, splits, labels, recipe, metrics')
    .addOption(project())
    .option('--out <dir>', 'a new or empty folder; below exports/ of the project otherwise', nonEmpty)
    .option('--run <id>', 'the run that predicts otherwise', nonEmpty)
    .addOption(new Option('--language <language>', 'of the text').choices(['en', 'zh-CN']).default('en'))
    .action((options) => take(async () => (await import('./commands/export')).exportMethods(options)));
}

function labels(residua: Command, take: Take): void {
  const group = command(residua, 'labels', 'set, take back and list labels, and carry them in tables');
  const of = () => import('./commands/labels');

  command(group, 'set', 'set the class, the answers or the state of a sample')
    .addOption(project())
    .requiredOption('--sample <id>', 'id of the sample', nonEmpty)
    .option('--class <name>', 'full name of the class')
    .addOption(
      new Option('--answer <name=yes|no|na>', 'answer to one of several questions; may stand several times').argParser(
        (text: string, before: string[] = []) => [...before, text],
      ),
    )
    .addOption(new Option('--state <state>', 'state of the label').choices(labelState.options))
    .option('--reason <text>', 'why it is excluded', nonEmpty)
    .option('--note <text>', 'a note beside the label')
    .option('--reader <name>', 'who reads', nonEmpty)
    .option('--blind-reread', 'of a test sample: read again with no model and no label in sight')
    .action((options, self: Command) => {
      const { class: name, answer, state, note } = options;
      if ([name, answer, state, note].every((given) => given === undefined))
        self.error('error: give --class, --answer, --state or --note');
      if (options.state === 'excluded' && options.reason === undefined)
        self.error('error: --state excluded needs --reason');
      take(async () => (await of()).labelsSet(options));
    });
  command(group, 'export', 'write labels into a CSV file')
    .argument('<file>')
    .addOption(project())
    .option('--all-readers', 'one row a reader')
    .action((file, options) => take(async () => (await of()).labelsExport(file, options)));
  command(group, 'import', 'read labels from such a file')
    .argument('<file>')
    .addOption(project())
    .option('--reader <name>', 'whose they are where the file does not say', nonEmpty)
    .action((file, options) => take(async () => (await of()).labelsImport(file, options)));
  command(group, 'undo', 'take back the last change')
    .addOption(project())
    .action((options) => take(async () => (await of()).labelsUndo(options)));
  command(group, 'redo', 'do again what was taken back')
    .addOption(project())
    .action((options) => take(async () => (await of()).labelsRedo(options)));
  command(group, 'log', 'every change of a label, oldest first')
    .addOption(project())
    .option('--limit <n>', 'the last so many', whole(1))
    .action((options) => take(async () => (await of()).labelsLog(options)));
}

function classes(residua: Command, take: Take): void {
  const group = command(
    residua,
    'classes',
    'add, change, merge and split the classes or questions; `labels undo` takes back',
  );
  const of = () => import('./commands/classes');
  const look = (made: Command): Command =>
    made
      .addOption(project())
      .option('--short <name>', 'short name for keys and cells', nonEmpty)
      .option('--colour <#rrggbb>', 'colour', nonEmpty)
      .option('--key <key>', 'digit or letter that sets it', nonEmpty);

  command(group, 'list', 'the classes of now')
    .addOption(project())
    .action((options) => take(async () => (await of()).classesList(options)));
  look(command(group, 'add', 'a further class, without labels').argument('<name>')).action((name, options) =>
    take(async () => (await of()).classesAdd(name, options)),
  );
  look(command(group, 'change', 'name, colour or key of a class; its labels stay').argument('<name>'))
    .option('--name <new>', 'new full name', nonEmpty)
    .action((name, options) => take(async () => (await of()).classesChange(name, options)));
  command(group, 'merge', 'classes go into another one, and their labels with them')
    .argument('<names...>')
    .addOption(project())
    .requiredOption('--into <name>', 'the class that stays', nonEmpty)
    .action((names, options) => take(async () => (await of()).classesMerge(names, options)));
  command(group, 'split', 'a class becomes several; its samples wait to be read anew')
    .argument('<name>')
    .addOption(project())
    .requiredOption('--into <names...>', 'the new classes')
    .action((name, options) => take(async () => (await of()).classesSplit(name, options)));
}

function bench(residua: Command, take: Take): void {
  const group = command(residua, 'bench', 'measure this machine');
  const shell = (): Option => new Option('--shell <shell>', 'window to measure').choices(['electron', 'browser']);

  command(group, 'label', 'from a key press until the saved label is on screen')
    .option('--keys <n>', 'key presses', whole(10, 100_000), 300)
    .addOption(new Option('--train [preset]', 'while it trains too').choices(['quick', 'full']).preset('quick'))
    .addOption(shell())
    .action((options) => take(async (context) => (await import('./bench/label')).benchLabel(options, context)));
  command(group, 'booster', 'whether the booster check can tell, on tasks whose answer is known')
    .option('--repeats <n>', 'of each task', whole(1, 1000), 20)
    .option('--out <file>', 'keeps each answer, and goes on after those that it has', nonEmpty)
    .action((options) => take(async (context) => (await import('./bench/booster')).benchBooster(options, context)));
  command(group, 'quality', "what the presets reach on MedMNIST's sets, chosen on validation")
    .option('--data <dir>', "folder of MedMNIST's files; only tells what was found otherwise", nonEmpty)
    .requiredOption('--out <dir>', 'keeps projects and results, and goes on after those that it has', nonEmpty)
    .option('--set <names>', 'sets, as breast,retina', someOf(setName.options), [...setName.options])
    .option('--presets <names>', 'what is trained, in this order', someOf(stage.options), [...stage.options])
    .option('--seeds <n>', 'of each', whole(1, 100), 3)
    .option('--hours <h>', 'begin no run after so many', between(0, 1000))
    .option('--score', 'score the test split of what was trained; once a run, and logged')
    .action((options) => take(async (context) => (await import('./bench/quality')).benchQuality(options, context)));
  command(group, 'loop', 'from a correction to new predictions, and the preset "quick" cold and warm')
    .option('--data <file>', 'the bundled sample otherwise')
    .option('--corrections <n>', 'corrected labels', whole(1, 1000), 20)
    .option('--probe-only', 'leave the preset "quick" out')
    .action((options) => take(async (context) => (await import('./bench/loop')).benchLoop(options, context)));
  command(group, 'volumes', "from the import of volumes to the probe's predictions, labelling meanwhile")
    .option('--data <file>', 'the bundled volumes otherwise')
    .action((options) => take(async (context) => (await import('./bench/volumes')).benchVolumes(options, context)));
  command(group, 'volume', 'opening a CT of many DICOM files: listed, first slice, all of it, beside a plain read')
    .option('--data <path>', 'a file or folder; a synthetic CT otherwise', nonEmpty)
    .option('--files <n>', 'slices of the synthetic CT', whole(2, 10_000), 600)
    .action((options) => take(async (context) => (await import('./bench/volume')).benchVolume(options, context)));
  command(group, 'gallery', 'opening and scrolling a project of many samples')
    .option('--samples <n>', 'samples', whole(100, 1_000_000), 100_000)
    .addOption(shell())
    .action((options) => take(async (context) => (await import('./bench/gallery')).benchGallery(options, context)));
  command(group, 'open', 'reopening a project of many samples until it can be used')
    .option('--samples <n>', 'samples', whole(100, 1_000_000), 100_000)
    .option('--rounds <n>', 'fresh processes', whole(1, 100), 5)
    .option('--no-window', 'the services alone')
    .addOption(shell())
    .action((options) => take(async (context) => (await import('./bench/open')).benchOpen(options, context)));
  command(group, 'kill', 'what is lost when app and training are killed at random moments')
    .option('--kills <n>', 'kills', whole(1, 1000), 50)
    .option('--seed <n>', 'seed of the moments', whole(0), 1)
    .action((options) => take(async (context) => (await import('./bench/kill')).benchKill(options, context)));
  command(group, 'table', 'mapping and importing a table with a picture a row')
    .option('--rows <n>', 'rows', whole(100, 1_000_000), 200_000)
    .action((options) => take(async (context) => (await import('./bench/table')).benchTable(options, context)));
  command(group, 'import-block', 'reading one layer out of a large checkpoint, and importing it')
    .option('--file <file[:layer]>', 'a sparse checkpoint of 13 GB otherwise', nonEmpty)
    .action((options) =>
      take(async (context) => (await import('./bench/importBlock')).benchImportBlock(options, context)),
    );
  command(group, 'growth', 'what the absorbed block costs as tokens and images grow')
    .option('--svg <file>', 'draw it')
    .addOption(recipeFlag('engine'))
    .action((options) => take(async (context) => (await import('./bench/growth')).benchGrowth(options, context)));
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
    take(async (context) => (await import('./bench/step')).benchStep(options, context)),
  );
  network('predict', 'answers for one batch with the absorbed block, the full one, and none').action((options) =>
    take(async (context) => (await import('./bench/step')).benchPredict(options, context)),
  );
}

/** `--json` stands before or after the command's name. */
function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--json', 'one JSON object on one line of stdout')
    .allowExcessArguments(false);
}
