import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { readHolder } from '@main/project';
import { resourcePath } from '@main/project/resources';
import { connectSocket } from '@main/web';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { spread } from './figures';
import { machineName } from './machine';
import { syntheticArrays } from './synthetic';
import { openWindow, type WindowShell } from './window';
import { makeProject, workplace } from './workplace';
import { sampleKeys } from '@shared/sampleKeys';

export interface OpenOptions {
  samples: number;
  rounds: number;
  shell?: WindowShell;
  window?: boolean;
}

/**
 * Reopening a project of many samples: from the start of a fresh process, and from a person's click in the window, until
 * the first rows and the counts of the filters are there.
 */
export async function benchOpen(options: OpenOptions, context: Context): Promise<Answer> {
  const { output } = context;
  const place = workplace();
  try {
    output.note(`importing ${options.samples} synthetic samples`);
    const { dir, samples } = await makeProject(place, 'open', syntheticArrays(place.dir, options.samples), context);
    const cold: number[] = [];
    const opened: number[] = [];
    for (let round = 0; round < options.rounds; round++) {
      const times = await fromProcess(dir, place.home);
      cold.push(times.start);
      opened.push(times.open);
      output.progress(`${round + 1} of ${options.rounds}`);
    }
    let click: number | null = null;
    if (options.window !== false) {
      const window = await openWindow(place.home, options.shell);
      output.note(window.description);
      try {
        await window.page.locator('.recent .open').first().waitFor();
        click = await window.page.evaluate(untilUsable);
      } finally {
        await window.close();
      }
    }
    const json = {
      machine: machineName(),
      samples,
      openMs: spread(opened),
      coldStartMs: spread(cold),
      clickMs: click === null ? null : Math.round(click),
    };
    const rows: [string, string][] = [
      ['open, first rows and counts (services), median and worst', `${json.openMs.p50} ms, ${json.openMs.max} ms`],
      ['the same from the start of the process', `${json.coldStartMs.p50} ms, ${json.coldStartMs.max} ms`],
      ...(click === null
        ? []
        : ([['from the click in the window until rows and counts are on screen', `${Math.round(click)} ms`]] as [
            string,
            string,
          ][])),
    ];
    return { json, text: [`${json.machine}, ${samples} samples`, table(['', ''], rows)].join('\n') };
  } finally {
    place.remove();
  }
}

/** A fresh `residua serve` that opens the project, and what a window asks of it first. */
async function fromProcess(dir: string, home: string): Promise<{ start: number; open: number }> {
  const begun = performance.now();
  const root = dirname(resourcePath());
  const server = spawn(process.execPath, [join(root, 'out/main/cli.js'), 'serve', '--project', dir, '--json'], {
    env: { ...process.env, RESIDUA_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((done) => server.once('exit', done));
  try {
    await new Promise<void>((ready, failed) => {
      server.once('exit', (code) => failed(new UserError('internal', `the server ended with ${code}`)));
      createInterface({ input: server.stdout }).once('line', () => ready());
    });
    const connection = await connectSocket(readHolder(dir)!.socket!);
    const usable = async (): Promise<void> => {
      const [keys] = await Promise.all([
        sampleKeys(connection.client, { filter: {}, sort: 'split' }),
        connection.client.samples.facets({ filter: {} }),
      ]);
      await connection.client.samples.rows({ keys: keys.slice(0, 200) });
    };
    await usable();
    const start = performance.now() - begun;
    // Opened again in the same process: what the person waits for who changes projects.
    await connection.client.project.close({});
    const again = performance.now();
    await connection.client.project.open({ dir });
    await usable();
    const open = performance.now() - again;
    connection.close();
    return { start, open };
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

/** Runs in the page. */
async function untilUsable(): Promise<number> {
  const button = document.querySelector<HTMLElement>('.recent .open');
  const start = performance.now();
  button?.click();
  for (;;) {
    await new Promise(requestAnimationFrame);
    const rows = document.querySelectorAll('[role=gridcell][data-state]').length;
    const counts = document.querySelector('aside, [role=search], .facets') !== null;
    if (rows > 0 && counts) return performance.now() - start;
    if (performance.now() - start > 60_000) throw new Error('no rows within a minute');
  }
}
