import { Option } from 'commander';
import type { Command } from 'commander';
import {
  deidentification,
  folderMeaning,
  labelChanges,
  patientDecision,
  splitPolicy,
  volumeKind,
} from '@shared/domain';
import { between, intensityOption, namesOption, nonEmpty, tripleOption, whole } from '../options';
import { command, project } from './command';
import type { Take } from './command';

/** How samples get into a project, and how they are split. */
export function data(residua: Command, take: Take): void {
  command(
    residua,
    'import',
    'make a project of .npz or .npy files, folders of images, or studies (DICOM, NIfTI, NRRD, MetaImage), or add them to one',
  )
    .argument('<path...>', 'files or folders')
    .option('--project <dir>', 'folder of the project; where there is one already, the files are added to it', nonEmpty)
    .option('--name <name>', 'name of the project', nonEmpty)
    .option(
      '--table <file>',
      'CSV or XLSX with columns path,label and, where known, patient,split,reader; of studies a row a patient, study, series or file',
      nonEmpty,
    )
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
    .option('--studies', 'the paths hold studies (DICOM, NIfTI, NRRD, MetaImage), whatever pictures lie beside them')
    .option(
      '--series <texts...>',
      'of studies: only volumes whose description, modality or series UID has one of these',
    )
    .addOption(
      new Option('--with <kinds...>', 'of studies: what is left out otherwise').choices(
        volumeKind.options.filter((kind) => kind !== 'image'),
      ),
    )
    .option(
      '--patients-from <rule>',
      'whose a file is that does not say it: none, name, folder, or a regular expression whose group finds it in the path',
      nonEmpty,
    )
    .addOption(
      new Option(
        '--without <options...>',
        "what of a study's header is not kept either: patient's age, sex, size and weight; moved dates; vendors' b-values; words of descriptions",
      ).choices(Object.keys(deidentification.shape)),
    )
    .option(
      '--grid <x,y,z>',
      'of studies: voxels that the network sees; by the data unless said',
      tripleOption(0, whole(4, 256)),
    )
    .option('--spacing <x,y,z>', 'of studies: millimetres between them', tripleOption(0))
    .option(
      '--intensity <rule>',
      'of studies: windows:LOW..HIGH of HU, percentiles:1..99, suv:10, or range:LOW..HIGH',
      intensityOption,
    )
    .option('--in-place', 'also where the folder lies on a network or in a cloud')
    .action((paths, options, self: Command) => {
      if (options.project === undefined && !options.dryRun)
        self.error("error: required option '--project <dir>' not specified");
      take(async (context) => (await import('../commands/import')).importCommand(paths, options, context));
    });

  command(residua, 'duplicates', 'list pairs of duplicates; looks for near ones where the import did not')
    .addOption(project())
    .action((options) =>
      take(async (context) => (await import('../commands/splits')).duplicatesCommand(options, context)),
    );

  command(residua, 'resplit', 'make a new version of the splits, on labels and pairs of now')
    .addOption(project())
    .addOption(
      new Option('--splits <policy>', 'how samples are split; as now unless said').choices(splitPolicy.options),
    )
    .option('--seed <n>', 'seed of a new split; as now unless said', whole(0))
    .option('--void-test-scores', 'though scores of the present test split will stand for nothing')
    .action((options) => take(async () => (await import('../commands/splits')).resplitCommand(options)));

  command(residua, 'relink', 'find the originals of a project again below a folder')
    .argument('<folder>')
    .addOption(project())
    .action((folder, options) =>
      take(async (context) => (await import('../commands/relink')).relinkCommand(folder, options, context)),
    );
}
