import type { Command } from 'commander';
import { nonEmpty } from '../options';
import { command, project } from './command';
import type { Take } from './command';

export function classes(residua: Command, take: Take): void {
  const group = command(
    residua,
    'classes',
    'add, change, merge and split the classes or questions; `labels undo` takes back',
  );
  const of = () => import('../commands/classes');
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
