import { join } from 'node:path';
import { localClient } from '@main/api';
import type { Client } from '@shared/contract';
import type { AppEvent, ProbeStatus } from '@shared/domain';
import { UserError } from '@shared/errors';
import { importProject } from '../commands/import';
import type { Context } from '../context';
import type { Answer } from '../output';
import { ownServices } from '../session';
import { since, spread } from './figures';
import type { Spread } from './figures';
import { machineName } from './machine';
import { READER, workplace } from './workplace';
import { sampleKeys } from '@shared/sampleKeys';

/** A label is set so often while features are read. [ms] */
const LABEL_EVERY = 200;

/**
 * Volumes from cold: from the start of the import until the probe's predictions stand beside the labels, through the
 * services as a window uses them, with somebody labelling meanwhile.
 */
export async function benchVolumes(options: { data?: string }, context: Context): Promise<Answer> {
  const place = workplace();
  const services = ownServices({ shell: 'browser', userDataDir: place.home });
  try {
    const client = localClient(services);
    const start = performance.now();
    const seen = watchProbe(client, start, context);
    const what = options.data === undefined ? { paths: [], sample: 'adrenalmnist3d' } : { paths: [options.data] };
    const dir = join(place.dir, 'volumes.residua');
    const { samples } = await importProject(client, what, { project: dir, name: 'volumes' }, context);
    const imported = since(start);
    await client.project.setReader({ reader: READER });
    const labels = await labelUntil(client, seen.ready);
    const total = await seen.ready;
    const { auc } = await client.insight.figures({ run: null, head: 'probe', scope: 'oof' });
    const round = (value: number | null): number | null => (value === null ? null : Math.round(value * 1e4) / 1e4);
    const json = {
      machine: machineName(),
      samples,
      imported,
      timeLeftShownAt: seen.timeLeftShownAt(),
      predictions: total,
      labels,
      outOfFold: { auc: round(auc.value), low: round(auc.low), high: round(auc.high) },
    };
    return { json, text: report(json) };
  } finally {
    await services.close();
    place.remove();
  }
}

/** @returns `ready`: seconds from the start until the probe's first predictions */
function watchProbe(
  client: Client,
  start: number,
  { output }: Context,
): { ready: Promise<number>; timeLeftShownAt: () => number | null } {
  let shownAt: number | null = null;
  const tell = ({ state, done, total, secondsLeft }: ProbeStatus): void => {
    if (state === 'features' && secondsLeft !== null) shownAt ??= since(start);
    output.progress(`${state} ${done}/${total}${secondsLeft === null ? '' : `, ${Math.round(secondsLeft)} s left`}`);
  };
  const ready = (async (): Promise<number> => {
    for await (const event of (await client.events({})) as AsyncIterable<AppEvent>) {
      if (event.type !== 'probe') continue;
      if (event.status.state === 'failed') throw new UserError('run-failed', event.status.reason ?? 'the probe failed');
      tell(event.status);
      if (event.status.state === 'ready') return since(start);
    }
    throw new UserError('cancelled', 'the services ended');
  })();
  return { ready, timeLeftShownAt: () => shownAt };
}

/** Confirms one label after the other until the predictions are there. @returns milliseconds until each was durable */
async function labelUntil(client: Client, ready: Promise<unknown>): Promise<Spread> {
  const keys = await sampleKeys(client, { filter: { splits: ['train', 'val'] }, sort: 'random', seed: 7 });
  const rows = await client.samples.rows({ keys: keys.slice(0, 1000) });
  let over = false;
  void ready.then(
    () => (over = true),
    () => (over = true),
  );
  const took: number[] = [];
  for (let i = 0; !over; i = (i + 1) % rows.length) {
    const { key, class: own } = rows[i]!;
    const at = performance.now();
    await client.labels.set({ keys: [key], change: { class: own! }, origin: 'read', context: null });
    took.push(performance.now() - at);
    await new Promise((resolve) => setTimeout(resolve, LABEL_EVERY));
  }
  return spread(took);
}

function report(result: {
  machine: string;
  samples: number;
  imported: number;
  timeLeftShownAt: number | null;
  predictions: number;
  labels: Spread;
  outOfFold: { auc: number | null; low: number | null; high: number | null };
}): string {
  const { imported, predictions, labels, outOfFold, timeLeftShownAt } = result;
  return [
    `${result.machine}, ${result.samples} volumes`,
    `imported after ${imported} s, time left shown from ${timeLeftShownAt ?? '–'} s on, predictions after ${predictions} s`,
    `a label meanwhile: p50 ${labels.p50}, p99 ${labels.p99} ms until durable (${labels.count})`,
    `out-of-fold AUC of the probe ${outOfFold.auc} [${outOfFold.low}, ${outOfFold.high}]`,
  ].join('\n');
}
