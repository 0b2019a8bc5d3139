import { Option } from 'commander';
import type { Command } from 'commander';
import type { Context } from '../context';
import { nonEmpty } from '../options';
import type { Answer } from '../output';

type Work = (context: Context) => Promise<Answer | null>;

/** Takes the command that the arguments name, to be done once all arguments are known to be right. */
export type Take = (work: Work) => void;

export const project = (): Option =>
  new Option('--project <dir>', 'folder of the project').argParser(nonEmpty).makeOptionMandatory();

/** `--json` stands before or after the command's name. */
export function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--json', 'one JSON object on one line of stdout')
    .allowExcessArguments(false);
}
