import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser, Page } from 'playwright-core';
import { UserError } from '@shared/errors';
import { findBrowser } from './machine';
import { playwright } from './window';

/**
 * A browser that goes on while nobody drives it. Driving it keeps the answers that a page gets for the network panel, in the page's own memory: what is
 * said of memory is read when nobody does.
 */
export interface OwnBrowser {
  readonly pid: number;
  /** Drives the one page for a while. */
  drive<T>(work: (page: Page) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** WebGL without a GPU is drawn by SwiftShader; all else stays as a person has it. */
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-swiftshader',
  '--no-first-run',
  '--disable-background-networking',
  '--window-size=1280,940',
];

/** @throws UserError engine-missing */
export async function openOwnBrowser(): Promise<OwnBrowser> {
  const executable = findBrowser();
  if (!executable) throw new UserError('engine-missing', 'there is no Chromium or Chrome (RESIDUA_BROWSER names one)');
  const { chromium } = await playwright();
  const profile = mkdtempSync(join(tmpdir(), 'residua-bench-profile-'));
  const own = spawn(executable, [...FLAGS, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const end = (): void => void own.kill();
  process.once('exit', end);
  const endpoint = await new Promise<string>((found, failed) => {
    own.once('exit', (code) => failed(new UserError('internal', `the browser ended with ${code}`)));
    createInterface({ input: own.stderr }).on('line', (line) => {
      const address = /DevTools listening on (\S+)/.exec(line)?.[1];
      if (address) found(address);
    });
  });
  return {
    pid: own.pid!,
    async drive(work) {
      const browser: Browser = await chromium.connectOverCDP(endpoint);
      try {
        return await work(browser.contexts()[0]!.pages()[0]!);
      } finally {
        await browser.close();
      }
    },
    async close() {
      const ended = new Promise((done) => own.once('exit', done));
      end();
      process.off('exit', end);
      await ended;
      // Its helpers write on for a moment.
      rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
    },
  };
}

/** Resident megabytes by process: pages, what draws, and the services with their children. */
export interface Memory {
  readonly page: number;
  readonly gpu: number;
  readonly services: number;
  readonly reading: number;
}

/** Of the largest page of a browser, and of a server; Linux alone says it. */
export function memoryOf(browser: number, server: number): Memory {
  const all = processes();
  const own = (root: number): Process[] => below(all, root);
  const largest = (found: Process[]): number => Math.max(0, ...found.map(({ resident }) => resident));
  const inBrowser = (type: string): Process[] => own(browser).filter(({ line }) => line.includes(`--type=${type}`));
  return {
    page: largest(inBrowser('renderer')),
    gpu: largest(inBrowser('gpu-process')),
    services: largest(all.filter(({ pid }) => pid === server)),
    reading: largest(own(server).filter(({ line }) => line.includes('volumes.js'))),
  };
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly line: string;
  /** Megabytes. */
  readonly resident: number;
}

function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, 'utf8');
        const number = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent: number('PPid'), line, resident: number('VmRSS') / 1000 }];
      } catch {
        return []; // it ended meanwhile
      }
    });
}

function below(all: readonly Process[], root: number): Process[] {
  const found = all.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}
