import { Option } from 'commander';
import type { Command } from 'commander';
import { labelState } from '@shared/domain';
import { nonEmpty, whole } from '../options';
import { command, project } from './command';
import type { Take } from './command';

export function labels(residua: Command, take: Take): void {
  const group = command(residua, 'labels', 'set, take back and list labels, and carry them in tables');
  const of = () => import('../commands/labels');

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
