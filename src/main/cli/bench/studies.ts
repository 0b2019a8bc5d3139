import { join } from 'node:path';
import { localClient } from '@main/api';
import type { Client } from '@shared/contract';
import { studyOptions, type AppEvent, type StudyImport } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import type { Answer } from '../output';
import { ownServices } from '../session';
import { since, spread } from './figures';
import type { Spread } from './figures';
import { machineName } from './machine';
import { writeSyntheticCt } from './syntheticCt';
import { READER, workplace } from './workplace';

export interface StudiesBenchOptions {
  studies: number;
  slices: number;
  side: number;
}

/** A label is set so often while studies come in. [ms] */
const LABEL_EVERY = 50;
/** In turn, so that each of them changes something. */
const MARKS = [{ state: 'unsure' }, { state: 'excluded', reason: 'bench' }] as const;

/** Studies that come into a project in the background, through the services as a window uses them, with somebody labelling meanwhile. */
export async function benchStudies({ studies, slices, side }: StudiesBenchOptions, context: Context): Promise<Answer> {
  const { output, signal } = context;
  const place = workplace();
  const services = ownServices({ shell: 'browser', userDataDir: place.home });
  try {
    const disk = join(place.dir, 'disk');
    output.note(`writing ${studies} studies of ${slices} slices of ${side} × ${side}`);
    for (let patient = 1; patient <= studies; patient++) {
      signal.throwIfAborted();
      writeSyntheticCt(join(disk, `study-${patient}`), slices, { side, patient });
    }
    const client = localClient(services);
    const start = performance.now();
    const came = whenIn(client, context);
    const listing = await client.imports.listStudies({ paths: [disk], patients: 'none' });
    const listed = since(start);
    const begun = performance.now();
    await client.imports.beginStudies({
      paths: [disk],
      options: studyOptions.parse({}),
      into: false,
      decisions: {
        name: 'studies',
        dir: join(place.dir, 'studies.residua'),
        positive: null,
        ordered: false,
        flips: false,
      },
    });
    await client.volumes.openSample({ key: 0 });
    const firstOpen = since(begun);
    await client.project.setReader({ reader: READER });
    const { labels, status } = await labelUntil(client, came);
    const all = since(begun);
    if (status.state !== 'done')
      throw new UserError('run-failed', status.reason ?? `the import ended as ${status.state}`);
    const json = {
      machine: machineName(),
      studies: listing?.volumes.length ?? 0,
      files: studies * slices,
      listed,
      firstOpen,
      all,
      samples: status.added,
      splitVersions: (await client.project.info({}))?.splits.version ?? null,
      labels,
    };
    return { json, text: report(json) };
  } finally {
    await services.close();
    place.remove();
  }
}

/** How the import ended. */
async function whenIn(client: Client, { output }: Context): Promise<StudyImport> {
  for await (const event of (await client.events({})) as AsyncIterable<AppEvent>) {
    if (event.type !== 'studies' || event.status === null) continue;
    const { state, done, total, added } = event.status;
    output.progress(`${done}/${total} read, ${added} in the project`);
    if (state !== 'reading' && state !== 'waiting') return event.status;
  }
  throw new UserError('cancelled', 'the services ended');
}

/** Marks one sample after the other until all studies are there. @returns milliseconds until each mark was durable */
async function labelUntil(
  client: Client,
  came: Promise<StudyImport>,
): Promise<{ labels: Spread; status: StudyImport }> {
  let status: StudyImport | null = null;
  void came.then(
    (ended) => (status = ended),
    () => undefined,
  );
  const took: number[] = [];
  while (status === null) {
    const { samples } = (await client.project.info({}))!;
    const key = took.length % samples;
    const change = MARKS[Math.floor(took.length / samples) % 2]!;
    const at = performance.now();
    await client.labels.set({ keys: [key], change, origin: 'read', context: null });
    took.push(performance.now() - at);
    await new Promise((resolve) => setTimeout(resolve, LABEL_EVERY));
  }
  return { labels: spread(took), status };
}

function report(result: {
  machine: string;
  studies: number;
  files: number;
  listed: number;
  firstOpen: number;
  all: number;
  splitVersions: number | null;
  labels: Spread;
}): string {
  const { studies, files, listed, firstOpen, all, splitVersions, labels } = result;
  return [
    `${result.machine}, ${studies} studies in ${files} files`,
    `listed after ${listed} s; from the start of the import: the first one open after ${firstOpen} s, all in after ${all} s, in ${splitVersions} versions of the splits`,
    `a label meanwhile: p50 ${labels.p50}, p99 ${labels.p99}, at most ${labels.max} ms until durable (${labels.count})`,
  ].join('\n');
}
