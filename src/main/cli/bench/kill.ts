import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { readHolder } from '@main/project';
import { resourcePath } from '@main/project/resources';
import { connectSocket } from '@main/web';
import type { Client } from '@shared/contract';
import type { RecipeOptions } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { withProject } from '../session';
import { machineName } from './machine';
import { syntheticArrays } from './synthetic';
import { makeProject, workplace } from './workplace';

export interface KillOptions {
  kills: number;
  seed: number;
}
type Target = 'app' | 'child' | 'both';
/** Few enough that a run gets to its epochs within seconds. */
const SAMPLES = 240;
/** A run should train within so many milliseconds, on a busy machine too. */
const PATIENCE = 300_000;
const TARGETS: readonly Target[] = ['app', 'child', 'both'];

/** Small epochs, so that kills fall into many of them and between them. */
const RECIPE: RecipeOptions = { preset: 'quick', taps: 'last', mode: 'outer', core: 'mlp', epochs: 12 };

/**
 * Ends the app, the child that trains, or both, by SIGKILL at random moments while labels are set and a run trains, and
 * counts what was acknowledged and is not there afterwards: labels by their events, epochs that were told to be finished
 * and are trained again.
 */
export async function benchKill(options: KillOptions, context: Context): Promise<Answer> {
  if (process.platform === 'win32') throw new UserError('engine-missing', 'this bench needs signals: Linux or macOS');
  const { output } = context;
  const place = workplace();
  try {
    const { dir } = await makeProject(place, 'kill', syntheticArrays(place.dir, SAMPLES), context);
    const random = randomOf(options.seed);
    const seen = new Witness();
    const counts: Record<Target, number> = { app: 0, child: 0, both: 0 };
    let app: App | null = null;
    try {
      for (let kill = 0; kill < options.kills && !context.signal.aborted; kill++) {
        if (!app) {
          app = await startApp(dir, place.home);
          void seen.listen(app.client);
        }
        await trainSomething(app.client);
        await seen.label(app.client, 200 + random() * 4000, random);
        const target = TARGETS[Math.floor(random() * 3)]!;
        counts[target]++;
        const children = childrenOf(app.process.pid!);
        if (target !== 'child') {
          await app.kill();
          app = null;
        }
        if (target !== 'app') for (const pid of children) killNow(pid);
        if (app) await noneRuns(app.client);
        output.progress(
          `${kill + 1} of ${options.kills} kills, ${seen.labels.size} labels, ${seen.epochs.size} epochs`,
        );
      }
    } finally {
      await app?.kill();
    }
    const events = await eventIds(dir);
    const lostLabels = [...seen.labels].filter((id) => !events.has(id)).length;
    const json = {
      machine: machineName(),
      kills: counts,
      labels: seen.labels.size,
      lostLabels,
      epochs: seen.epochs.size,
      lostEpochs: seen.lostEpochs,
    };
    const rows: [string, string | number][] = [
      ['killed: app, child, both', `${counts.app}, ${counts.child}, ${counts.both}`],
      ['labels acknowledged, lost', `${json.labels}, ${lostLabels}`],
      ['epochs told to be finished, lost', `${json.epochs}, ${json.lostEpochs}`],
    ];
    const failed = lostLabels > 0 || json.lostEpochs > 0;
    return { failed, json, text: [json.machine, table(['', ''], rows)].join('\n') };
  } finally {
    place.remove();
  }
}

interface App {
  readonly process: ChildProcess;
  readonly client: Client;
  kill(): Promise<void>;
}

/** The app as `residua serve` runs it, and a connection to it. */
async function startApp(dir: string, home: string): Promise<App> {
  const root = dirname(resourcePath());
  const app = spawn(process.execPath, [join(root, 'out/main/cli.js'), 'serve', '--project', dir, '--json'], {
    env: { ...process.env, RESIDUA_HOME: home },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((done) => app.once('exit', () => done()));
  await new Promise<void>((ready, failed) => {
    app.once('exit', (code) => failed(new UserError('internal', `the app ended with ${code}`)));
    createInterface({ input: app.stdout! }).once('line', () => ready());
  });
  const connection = await connectSocket(readHolder(dir)!.socket!);
  return {
    process: app,
    client: connection.client,
    kill: async () => {
      app.kill('SIGKILL');
      await ended;
      connection.close();
    },
  };
}

/** Goes on with the run that was cut off, or starts one. */
async function trainSomething(client: Client): Promise<void> {
  const runs = await client.training.runs({});
  const last = runs.sort((a, b) => a.number - b.number).at(-1);
  if (last?.state === 'running' || last?.state === 'queued') return;
  if (last && last.state !== 'done') await client.training.resume({ run: last.id });
  else await client.training.start(RECIPE);
}

/** Until the app has noticed that its child is gone. */
async function noneRuns(client: Client): Promise<void> {
  const begun = performance.now();
  while ((await client.training.runs({})).some(({ state }) => state === 'running')) {
    if (performance.now() - begun > PATIENCE) throw await stuck(client);
    await new Promise((next) => setTimeout(next, 20));
  }
}

/** A run that does not go on is what this bench looks for as well: it says in which state the runs are. */
async function stuck(client: Client): Promise<UserError> {
  const runs = await client.training.runs({});
  const states = runs.map(({ id, state, error }) => `${id} ${state}${error ? ` (${error})` : ''}`);
  return new UserError('internal', `no run trains after ${PATIENCE / 1000} s: ${states.join(', ')}`);
}

/** What was acknowledged. */
class Witness {
  readonly labels = new Set<string>();
  /** `run part epoch` */
  readonly epochs = new Set<string>();
  lostEpochs = 0;
  training = false;

  /** Labels samples, and goes on for so many milliseconds from the moment that the run trains. */
  async label(client: Client, milliseconds: number, random: () => number): Promise<void> {
    this.training = false;
    const begun = performance.now();
    let until = Infinity;
    for (let i = 0; performance.now() < until; i++) {
      const key = Math.floor(random() * SAMPLES);
      const change = { class: i % 2 };
      const saved = await client.labels.set({ keys: [key], change, origin: 'script', context: null });
      for (const id of saved.events) this.labels.add(id);
      if (until === Infinity && this.training) until = performance.now() + milliseconds;
      if (performance.now() - begun > PATIENCE) throw await stuck(client);
      await new Promise((next) => setTimeout(next, 20));
    }
  }

  /** Hears of epochs for as long as the app lives; its death ends the stream. */
  async listen(client: Client): Promise<void> {
    try {
      for await (const event of await client.events({})) {
        if (event.type !== 'run') continue;
        const { run, line, stage } = event.progress;
        // Features come first; they are cached and no epochs.
        if (stage !== 'features') this.training = true;
        if (!line) continue;
        const epoch = `${run} ${line.part} ${line.epoch}`;
        if (this.epochs.has(epoch)) this.lostEpochs++;
        this.epochs.add(epoch);
      }
    } catch {
      // Killed.
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Every event of the project. */
const eventIds = (dir: string): Promise<Set<string>> =>
  withProject(dir, async ({ client }) => {
    const ids = new Set<string>();
    for (let before: number | null = null, more = true; more;) {
      const page = await client.labels.activity({ before, limit: 50_000 });
      for (const event of page.events) ids.add(event.id);
      more = page.more && page.events.length > 0;
      before = page.events.at(-1)?.position ?? null;
    }
    return ids;
  });

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
