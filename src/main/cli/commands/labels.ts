import { resolve } from 'node:path';
import { answer, answersOf, answerTo } from '@shared/domain';
import type { Answer as AnswerValue, LabelScheme, LabelState, LabelUndone, LabelValue } from '@shared/domain';
import { UserError } from '@shared/errors';
import { questionsOf, valueWords } from '@shared/scheme';
import { table } from '../output';
import type { Answer } from '../output';
import { keyOf, withProject } from '../session';

interface OfProject {
  project: string;
}
export interface SetOptions extends OfProject {
  sample: string;
  class?: string;
  /** `NAME=yes|no|na` each. */
  answer?: string[];
  state?: LabelState;
  reason?: string;
  note?: string;
  reader?: string;
  blindReread?: boolean;
}

export const labelsSet = (options: SetOptions): Promise<Answer> =>
  withProject(options.project, async ({ client, info }) => {
    const key = await keyOf(client, options.sample);
    const names = info.scheme.classes.map(({ name }) => `"${name}"`).join(', ');
    const found = info.scheme.classes.find(({ name }) => name === options.class);
    if (options.class !== undefined && !found)
      throw new UserError('class-missing', `there is no class "${options.class}"; there are ${names}`);
    const answers = options.answer && Object.fromEntries(options.answer.map((text) => answerGiven(text, info.scheme)));
    const change = { class: found?.id, answers, state: options.state, reason: options.reason, note: options.note };
    const { reader } = options;
    const saved = options.blindReread
      ? await client.labels.reread({ round: null, key, change, reader })
      : await client.labels.set({ keys: [key], change, origin: 'script', context: null, reader });
    return {
      json: { event: saved.events[0], saved: saved.saved },
      text: `saved: ${options.sample}, event ${saved.events[0]}`,
    };
  });

/** @throws UserError `value-invalid`, `class-missing` */
function answerGiven(text: string, scheme: LabelScheme): [string, AnswerValue] {
  const at = text.lastIndexOf('=');
  const name = text.slice(0, at);
  const said = answer.safeParse(text.slice(at + 1).toLowerCase());
  if (at < 0 || !said.success)
    throw new UserError('value-invalid', `"${text}" is no answer: write NAME=yes, NAME=no or NAME=na`);
  const found = scheme.classes.find((c) => c.name === name) ?? scheme.classes.find((c) => c.short === name);
  if (scheme.kind !== 'answers' || !found) {
    const names = scheme.classes.map((c) => `"${c.name}"`).join(', ');
    throw new UserError('class-missing', `there is no question "${name}" in this project; there are ${names}`);
  }
  return [String(found.id), said.data];
}

export const labelsExport = (file: string, options: OfProject & { allReaders?: boolean }): Promise<Answer> =>
  withProject(options.project, async ({ client }) => {
    const result = await client.labels.exportCsv({ file: resolve(file), allReaders: options.allReaders ?? false });
    return { json: result, text: `${result.rows} rows in ${result.file}` };
  });

export const labelsImport = (file: string, options: OfProject & { reader?: string }): Promise<Answer> =>
  withProject(options.project, async ({ client }) => {
    const result = await client.labels.importCsv({ file: resolve(file), reader: options.reader });
    return { json: result, text: `${result.rows} rows read, ${result.changed} labels changed` };
  });

export const labelsUndo = (options: OfProject): Promise<Answer> =>
  withProject(options.project, async ({ client, info }) => undone('undone', await client.labels.undo({}), info.scheme));

export const labelsRedo = (options: OfProject): Promise<Answer> =>
  withProject(options.project, async ({ client, info }) =>
    undone('done again', await client.labels.redo({}), info.scheme),
  );

function undone(what: string, step: LabelUndone, scheme: LabelScheme): Answer {
  const json = {
    event: step.events[0],
    events: step.events,
    saved: step.saved,
    sample: step.sample,
    samples: step.keys.length,
    ...valueJson(step.newValue, scheme),
    state: step.newState,
  };
  const more = step.keys.length > 1 ? ` and ${step.keys.length - 1} more` : '';
  const value = valueWords(scheme, step.newValue) ?? 'without a class';
  return { json, text: `${what}: ${step.sample}${more} is ${value}, ${json.state}` };
}

/** A class by its name; answers by their questions' names, and then no class. */
function valueJson(
  value: LabelValue,
  scheme: LabelScheme,
): { class: string | null; answers?: Record<string, AnswerValue> } {
  const answers = answersOf(value);
  if (scheme.kind !== 'answers') return { class: valueWords(scheme, value) };
  const named = scheme.classes.map((c) => [c.name, answerTo(answers, c.id)] as const);
  return { class: null, answers: Object.fromEntries(named) };
}

/** Every event, oldest first. */
export const labelsLog = (options: OfProject & { limit?: number }): Promise<Answer> =>
  withProject(options.project, async ({ client, info }) => {
    const { scheme } = info;
    const events = [];
    let before: number | null = null;
    for (let more = true; more;) {
      const limit = Math.min(100_000, (options.limit ?? Infinity) - events.length);
      if (limit <= 0) break;
      const page = await client.labels.activity({ before, limit, withoutImported: false });
      events.push(...page.events);
      more = page.more && page.events.length > 0;
      before = page.events.at(-1)?.position ?? null;
    }
    events.reverse();
    return {
      json: {
        events: events.map(({ key: _key, ...event }) => ({
          ...event,
          oldClass: valueWords(scheme, event.oldValue),
          class: valueWords(scheme, event.newValue),
        })),
      },
      text: table(
        ['time', 'reader', 'origin', 'sample', 'class', 'state', 'note'],
        events.map((e) => [
          e.time,
          e.reader,
          e.origin,
          e.sample,
          valueWords(scheme, e.newValue, undefined, questionsOf(e.target)),
          e.newState,
          e.reason ?? e.note ?? '',
        ]),
      ),
    };
  });
