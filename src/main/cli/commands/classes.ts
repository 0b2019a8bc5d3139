import type { LabelClass, LabelScheme, ProjectInfo } from '@shared/domain';
import { CLASS_COLOURS } from '@shared/domain';
import { UserError } from '@shared/errors';
import { table } from '../output';
import type { Answer } from '../output';
import { withProject } from '../session';

interface OfProject {
  project: string;
}
export interface Look {
  short?: string;
  colour?: string;
  /** A digit or a letter. */
  key?: string;
}

export const classesList = (options: OfProject): Promise<Answer> =>
  withProject(options.project, ({ info }) => Promise.resolve(answerOf(info)));

export const classesAdd = (name: string, options: OfProject & Look): Promise<Answer> =>
  withProject(options.project, async ({ client, info }) => {
    const { classes, retired } = info.scheme;
    const id = Math.max(-1, ...classes.map((c) => c.id), ...retired.map((c) => c.id)) + 1;
    const colour = CLASS_COLOURS.find((c) => !classes.some((other) => other.colour === c)) ?? CLASS_COLOURS[0];
    const added = { id, name, short: name.slice(0, 12).trim(), colour, key: null, order: classes.length };
    const next = [...classes, looking(added, options)];
    return answerOf(await client.project.setClasses({ classes: next, positive: positiveOf(info.scheme, next) }));
  });

export const classesChange = (name: string, options: OfProject & Look & { name?: string }): Promise<Answer> =>
  withProject(options.project, async ({ client, info }) => {
    const { id } = classCalled(info.scheme, name);
    const next = info.scheme.classes.map((c) =>
      c.id === id ? looking({ ...c, name: options.name ?? c.name }, options) : c,
    );
    return answerOf(await client.project.setClasses({ classes: next, positive: info.scheme.positive }));
  });

export const classesMerge = (names: string[], options: OfProject & { into: string }): Promise<Answer> =>
  withProject(options.project, async ({ client, info }) => {
    const from = names.map((name) => classCalled(info.scheme, name).id);
    return answerOf(await client.project.mergeClasses({ from, into: classCalled(info.scheme, options.into).id }));
  });

export const classesSplit = (name: string, options: OfProject & { into: string[] }): Promise<Answer> =>
  withProject(options.project, async ({ client, info }) => {
    const into = options.into.map((part) => ({ name: part, short: part.slice(0, 12).trim() }));
    return answerOf(await client.project.splitClass({ class: classCalled(info.scheme, name).id, into }));
  });

/** With a third class there is no positive one any more. */
const positiveOf = ({ kind, positive }: LabelScheme, next: readonly LabelClass[]): number | null =>
  kind === 'answers' || next.length !== 2 ? null : positive;

function looking(c: LabelClass, { short, colour, key }: Look): LabelClass {
  return { ...c, short: short ?? c.short, colour: colour ?? c.colour, key: key === undefined ? c.key : codeOf(key) };
}

/** `1` → `Digit1`, `q` → `KeyQ`. @throws UserError `value-invalid` */
function codeOf(key: string): string {
  if (/^[0-9]$/.test(key)) return `Digit${key}`;
  if (/^[a-z]$/i.test(key)) return `Key${key.toUpperCase()}`;
  throw new UserError('value-invalid', `"${key}" is no key for a class: give a digit or a letter`);
}

/** @throws UserError `class-missing` */
function classCalled({ classes }: LabelScheme, name: string): LabelClass {
  const found = classes.find((c) => c.name === name) ?? classes.find((c) => c.short === name);
  if (found) return found;
  const names = classes.map((c) => `"${c.name}"`).join(', ');
  throw new UserError('class-missing', `there is no class "${name}"; there are ${names}`);
}

function answerOf({ scheme }: ProjectInfo): Answer {
  return {
    json: { version: scheme.version, kind: scheme.kind, classes: scheme.classes, positive: scheme.positive },
    text: table(
      ['name', 'short', 'colour', 'key'],
      scheme.classes.map((c) => [c.name, c.short, c.colour, (c.key ?? '').replace(/^(Digit|Key)/, '')]),
    ),
  };
}
