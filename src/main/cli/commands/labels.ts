import { resolve } from 'node:path';
import type { LabelState, LabelUndone } from '@shared/domain';
import { UserError } from '@shared/errors';
import { table } from '../output';
import type { Answer } from '../output';
import { keyOf, withProject } from '../session';

interface OfProject {
  project: string;
}
export interface SetOptions extends OfProject {
  sample: string;
  class?: string;
  state?: LabelState;
  reason?: string;
  note?: string;
  reader?: string;
}

export const labelsSet = (options: SetOptions): Promise<Answer> =>
  withProject(options.project, async ({ client, info }) => {
    const key = await keyOf(client, options.sample);
    const names = info.scheme.classes.map(({ name }) => `"${name}"`).join(', ');
    const found = info.scheme.classes.find(({ name }) => name === options.class);
    if (options.class !== undefined && !found)
      throw new UserError('class-missing', `there is no class "${options.class}"; there are ${names}`);
    const saved = await client.labels.set({
      keys: [key],
      change: { class: found?.id, state: options.state, reason: options.reason, note: options.note },
      origin: 'script',
      context: null,
      reader: options.reader,
    });
    return {
      json: { event: saved.events[0], saved: saved.saved },
      text: `saved: ${options.sample}, event ${saved.events[0]}`,
    };
  });

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
  withProject(options.project, async ({ client, info }) =>
    undone('undone', await client.labels.undo({}), new Map(info.scheme.classes.map((c) => [c.id, c.name]))),
  );

export const labelsRedo = (options: OfProject): Promise<Answer> =>
  withProject(options.project, async ({ client, info }) =>
    undone('done again', await client.labels.redo({}), new Map(info.scheme.classes.map((c) => [c.id, c.name]))),
  );

function undone(what: string, step: LabelUndone, names: ReadonlyMap<number, string>): Answer {
  const name = (value: LabelUndone['newValue']): string | null => (value ? (names.get(value.class) ?? null) : null);
  const json = {
    event: step.events[0],
    events: step.events,
    saved: step.saved,
    sample: step.sample,
    samples: step.keys.length,
    class: name(step.newValue),
    state: step.newState,
  };
  const more = step.keys.length > 1 ? ` and ${step.keys.length - 1} more` : '';
  return { json, text: `${what}: ${step.sample}${more} is ${json.class ?? 'without a class'}, ${json.state}` };
}

/** Every event, oldest first. */
export const labelsLog = (options: OfProject & { limit?: number }): Promise<Answer> =>
  withProject(options.project, async ({ client, info }) => {
    const names = new Map(info.scheme.classes.map((c) => [c.id, c.name]));
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
    const name = (value: { class: number } | null): string | null => (value ? (names.get(value.class) ?? null) : null);
    return {
      json: {
        events: events.map(({ key: _key, ...event }) => ({
          ...event,
          oldClass: name(event.oldValue),
          class: name(event.newValue),
        })),
      },
      text: table(
        ['time', 'reader', 'origin', 'sample', 'class', 'state', 'note'],
        events.map((e) => [
          e.time,
          e.reader,
          e.origin,
          e.sample,
          name(e.newValue),
          e.newState,
          e.reason ?? e.note ?? '',
        ]),
      ),
    };
  });
