import type { Client } from '@shared/contract';
import type { AppEvent, RunSummary } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { percentile, since } from './figures';
import { machineName } from './machine';
import { makeProject, withLiveProject, workplace } from './workplace';
import { sampleKeys } from '@shared/sampleKeys';

export interface LoopOptions {
  data?: string;
  corrections: number;
  probeOnly?: boolean;
}

interface Quick {
  /** Until probe, `plain` and the chosen mode were trained. */
  readonly main: number;
  /** Until the folds were there as well. */
  readonly total: number;
  readonly scores: RunSummary['scores'];
}

/**
 * The loop, through the services as a window uses them: the probe from cold (features included), single corrections until
 * predictions and the disagreement list are new, the preset `quick` from cold and again after corrections.
 */
export async function benchLoop(options: LoopOptions, context: Context): Promise<Answer> {
  const place = workplace();
  try {
    const paths = options.data === undefined ? [] : [options.data];
    const probed = await makeProject(place, 'probe', paths, context);
    const probe = await withLiveProject(place, probed.dir, (client) => measureProbe(client, options, context));
    let cold: Quick | null = null;
    let warm: Quick | null = null;
    if (!options.probeOnly) {
      // A project of its own: nothing is cached.
      const fresh = await makeProject(place, 'quick', paths, context);
      await withLiveProject(place, fresh.dir, async (client) => {
        await client.training.pauseProbe({ paused: true });
        cold = await measureQuick(client, context, 'quick, cold');
        await correct(client, options.corrections);
        warm = await measureQuick(client, context, `quick, after ${options.corrections} corrections`);
      });
    }
    const json = { machine: machineName(), samples: probed.samples, probe, quick: { cold, warm } };
    return { json, text: report(json) };
  } finally {
    place.remove();
  }
}

/** Waits for what the services tell; `next` must be asked before the cause is set off. */
function listen(client: Client, fits: (event: AppEvent) => boolean): { next: Promise<AppEvent>; stop: () => void } {
  const ending = new AbortController();
  const next = (async (): Promise<AppEvent> => {
    for await (const event of await client.events({}, { signal: ending.signal })) {
      if (event.type === 'probe' && event.status.state === 'failed')
        throw new UserError('run-failed', event.status.reason ?? 'the probe failed');
      if (fits(event)) return event;
    }
    throw new UserError('cancelled', 'the services ended');
  })();
  return { next, stop: () => ending.abort() };
}

async function measureProbe(client: Client, { corrections }: LoopOptions, { output }: Context) {
  const start = performance.now();
  output.note('probe, from cold');
  const first = listen(client, (event) => event.type === 'probe' && event.status.state === 'ready');
  const info = await client.project.info({});
  if (info?.probe.state !== 'ready') await first.next;
  first.stop();
  const cold = since(start);
  const refits: number[] = [];
  const counts = new Set<number>();
  for (const { key, labelClass } of await targets(client, corrections)) {
    let asked = Infinity;
    // Predictions are announced again when their interval is known: only those made after the change count.
    const predicted = listen(
      client,
      (event) => event.type === 'predictions' && Date.parse(event.predictor?.updatedAt ?? '') >= asked,
    );
    await new Promise((resolve) => setTimeout(resolve, 50)); // lets the subscription stand
    asked = Date.now();
    const at = performance.now();
    await client.labels.set({ keys: [key], change: { class: labelClass }, origin: 'read', context: null });
    await predicted.next;
    counts.add((await client.insight.suspects({})).keys.length);
    refits.push((performance.now() - at) / 1000);
    predicted.stop();
    output.progress(`correction ${refits.length} of ${corrections}: ${refits.at(-1)!.toFixed(2)} s`);
  }
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  return {
    cold,
    corrections: refits.length,
    median: round(percentile(refits, 0.5)),
    worst: round(Math.max(...refits)),
    listChanged: counts.size > 1,
  };
}

/** Samples of train and validation, and for each a class that it has not. */
async function targets(client: Client, count: number): Promise<{ key: number; labelClass: number }[]> {
  const keys = await sampleKeys(client, {
    filter: { splits: ['train', 'val'], states: ['labelled'] },
    sort: 'random',
    seed: 7,
  });
  const info = await client.project.info({});
  const rows = await client.samples.rows({ keys: keys.slice(0, count) });
  return rows.map((row) => ({
    key: row.key,
    labelClass: info!.scheme.classes.find(({ id }) => id !== row.class)!.id,
  }));
}

async function correct(client: Client, count: number): Promise<void> {
  for (const { key, labelClass } of await targets(client, count))
    await client.labels.set({ keys: [key], change: { class: labelClass }, origin: 'read', context: null });
}

async function measureQuick(client: Client, { output }: Context, name: string): Promise<Quick> {
  output.note(name);
  const start = performance.now();
  let main = NaN;
  let id = '';
  let run: RunSummary | undefined;
  const ended = listen(client, (event) => {
    if (event.type === 'run' && event.progress.run === id) {
      output.progress(`${event.progress.stage} ${event.progress.done}/${event.progress.total}`);
      if (event.progress.stage.startsWith('fold') && Number.isNaN(main)) main = since(start);
    }
    if (event.type === 'runs') run = event.runs.find((r) => r.id === id);
    return run?.state === 'done' || run?.state === 'failed';
  });
  ({ id } = await client.training.start({}));
  await ended.next;
  ended.stop();
  if (run?.state !== 'done') throw new UserError('run-failed', run?.error ?? 'the run failed');
  return { main, total: since(start), scores: run.scores };
}

function report(result: {
  machine: string;
  samples: number;
  probe: { cold: number; corrections: number; median: number; worst: number };
  quick: { cold: Quick | null; warm: Quick | null };
}): string {
  const s = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(2)} s`);
  const { probe, quick } = result;
  return [
    `${result.machine}, ${result.samples} samples`,
    table(
      ['', 'median', 'worst'],
      [
        ['probe from cold, features included', s(probe.cold), s(probe.cold)],
        [`one correction → predictions and list new (${probe.corrections})`, s(probe.median), s(probe.worst)],
        ['quick from cold, until all heads', s(quick.cold?.main), '–'],
        ['quick from cold, folds included', s(quick.cold?.total), '–'],
        ['quick after corrections, until all heads', s(quick.warm?.main), '–'],
        ['quick after corrections, folds included', s(quick.warm?.total), '–'],
      ],
    ),
  ].join('\n');
}
