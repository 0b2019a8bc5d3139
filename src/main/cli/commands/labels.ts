import { resolve } from 'node:path';
import { answer, answersOf, answerTo } from '@shared/domain';
import type { Client } from '@shared/contract';
import type {
  ActivityPage,
  Answer as AnswerValue,
  LabelScheme,
  LabelState,
  LabelUndone,
  LabelValue,
  BoxEvent,
  PatientEvent,
  SchemeChange,
  SchemeEvent,
} from '@shared/domain';
import { boxVerb } from '@shared/domain';
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
  const { saved, events } = step;
  if (step.scheme) {
    const classes = step.scheme.classes.map((c) => c.name);
    return { json: { event: events[0], saved, classes }, text: `${what}: the classes are ${classes.join('; ')}` };
  }
  if (step.patients) {
    const { samples, splitVersion } = step.patients;
    const text = `${what}: the patients of ${samples} samples; version ${splitVersion} of the splits`;
    return { json: { event: events[0], saved, patients: step.patients }, text };
  }
  const json = {
    event: events[0],
    events,
    saved,
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

/** Every event, oldest first: changes of labels, and of the classes and of patients between them. */
export const labelsLog = (options: OfProject & { limit?: number }): Promise<Answer> =>
  withProject(options.project, async ({ client, info }) => {
    const { events, schemes, patients, boxes, withheld } = await allEvents(client, options.limit ?? Infinity);
    const entries = [
      ...events.map((event) => ({ at: event.position, ...ofLabel(event, info.scheme) })),
      ...schemes.map((event) => ({ at: event.after + 0.5, ...ofClasses(event) })),
      ...patients.map((event) => ({ at: event.after + 0.5, ...ofPatients(event) })),
      ...boxes.map((event) => ({ at: event.after + 0.5, ...ofBoxes(event) })),
    ].sort((a, b) => a.at - b.at || a.json.time.localeCompare(b.json.time));
    const last = options.limit === undefined ? entries : entries.slice(-options.limit);
    const kept =
      withheld > 0
        ? [`events of ${withheld} test samples are kept back while their reader reads them again blind`]
        : [];
    return {
      json: { events: last.map(({ json }) => json), ...(withheld > 0 ? { withheld } : {}) },
      text: [
        table(
          ['time', 'reader', 'origin', 'sample', 'class', 'state', 'note'],
          last.map(({ row }) => row),
        ),
        ...kept,
      ].join('\n'),
    };
  });

type Logged = Omit<ActivityPage, 'more' | 'canUndo' | 'canRedo'>;

/** @param most events of labels, the newest */
async function allEvents(client: Client, most: number): Promise<Logged> {
  const all: Logged = { events: [], schemes: [], patients: [], boxes: [], withheld: 0 };
  let before: number | null = null;
  for (let more = true; more && all.events.length < most;) {
    const limit = Math.min(100_000, most - all.events.length);
    const page: ActivityPage = await client.labels.activity({ before, limit, withoutImported: false });
    all.events.push(...page.events);
    all.schemes.push(...page.schemes);
    all.patients.push(...page.patients);
    all.boxes.push(...page.boxes);
    all.withheld = page.withheld;
    more = page.more && page.events.length > 0;
    before = page.events.at(-1)?.position ?? null;
  }
  return all;
}

function ofLabel({ key: _key, ...event }: Logged['events'][number], scheme: LabelScheme) {
  const { oldValue, newValue, target } = event;
  return {
    json: { ...event, oldClass: valueWords(scheme, oldValue), class: valueWords(scheme, newValue) },
    row: [
      event.time,
      event.reader,
      event.origin,
      event.sample,
      valueWords(scheme, newValue, undefined, questionsOf(target)),
      event.newState,
      event.reason ?? event.note ?? '',
    ],
  };
}

function ofClasses({ after: _after, ...event }: SchemeEvent) {
  const words = event.changes.map(changeWords).join('; ');
  return {
    json: { ...event, target: 'classes', sample: null },
    row: [event.time, event.reader, event.origin, 'classes', words, '', `version ${event.version}`],
  };
}

function ofPatients({ after: _after, ...event }: PatientEvent) {
  const words = `${event.samples} samples belong to another patient`;
  return {
    json: { ...event, target: 'patients', sample: null },
    row: [event.time, event.reader, event.origin, 'patients', words, '', `version ${event.splitVersion} of the splits`],
  };
}

function ofBoxes({ after: _after, ...event }: BoxEvent) {
  const [first, ...more] = event.boxes.map(({ sample }) => sample);
  const words = { drawn: 'box drawn', moved: 'box moved', removed: 'box removed' }[boxVerb(event)];
  return {
    json: { ...event, target: 'boxes', sample: more.length > 0 ? null : first! },
    row: [
      event.time,
      event.reader,
      event.origin,
      first! + (more.length > 0 ? ` and ${more.length} more` : ''),
      words,
      '',
      '',
    ],
  };
}

function changeWords(change: SchemeChange): string {
  switch (change.kind) {
    case 'added':
      return `"${change.name}" is new`;
    case 'renamed':
      return `"${change.name}" is now called "${change.to}"`;
    case 'merged':
      return `"${change.name}" went into "${change.into}"`;
    case 'split':
      return `"${change.name}" was split into ${change.parts.map((part) => `"${part}"`).join(', ')}`;
    case 'restored':
      return `"${change.name}" is back`;
    case 'removed':
      return `"${change.name}" was taken away`;
    case 'looks':
      return `"${change.name}" has another short name, colour, key or place`;
    case 'positive':
      return `"${change.name}" is the positive class`;
  }
}
