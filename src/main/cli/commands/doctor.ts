import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { resourcePath } from '@main/project/resources';
import { UserData } from '@main/project/userData';
import type { EngineReport, GpuReport } from '@shared/domain';
import { fsyncTimes } from '../bench/disk';
import { percentile } from '../bench/figures';
import { findBrowser, findElectron } from '../bench/machine';
import { table } from '../output';
import type { Answer } from '../output';
import { engineReportOf, placeWords } from './engine';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Residua works without it. */
  readonly optional: boolean;
  readonly detail: string;
}

const WEIGHTS = ['dinov2-small.safetensors', 'smollm2-135m-blocks-0-15-29.Q4_1.gguf'];

/** What this machine has and what is missing. `ok` where all that Residua needs is there. */
export async function doctorCommand(): Promise<Answer> {
  const { report, checks: engineChecks } = await engines();
  const checks = [node(), ...WEIGHTS.map(weight), ...engineChecks, ...natives(), userData(), browser(), electron()];
  const ok = checks.every((check) => check.ok || check.optional);
  const machine = {
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  };
  const rows = checks.map((c) => [c.ok ? 'ok' : c.optional ? 'not here' : 'MISSING', c.name, c.detail]);
  const head = `${machine.platform}, ${machine.cores} cores, ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GB`;
  return {
    failed: !ok,
    json: { ok, ...machine, checks, engines: report?.engines ?? [], gpu: report?.gpu ?? null },
    text: [head, table(['', 'part', ''], rows)].join('\n'),
  };
}

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 18);
  return { name: 'Node', ok, optional: false, detail: `${process.versions.node}${ok ? '' : ', 20.19 is needed'}` };
}

/** Not named `require`: the bundler declares that name itself. */
const packageHere = createRequire(import.meta.url);
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message.split('\n')[0]! : String(error));

function load(name: string, missing: string): Check {
  try {
    packageHere(name);
    return { name, ok: true, optional: false, detail: 'loads' };
  } catch (error) {
    return { name, ok: false, optional: false, detail: `${missing}: ${reasonOf(error)}` };
  }
}

/** Loads each engine in a process of its own. */
async function engines(): Promise<{ report: EngineReport | null; checks: Check[] }> {
  try {
    const report = await engineReportOf();
    const checks = report.engines.map(({ name, state, version, device, reason }): Check => ({
      name: `engine ${name}`,
      ok: state === 'ready',
      optional: name === 'tensorflow',
      detail: [[version, device].filter(Boolean).join(', '), reason].filter(Boolean).join(' — '),
    }));
    const places = report.engines.flatMap(({ name, places: of }) =>
      of.map((on): Check => ({ name: `${name} on ${on.place}`, ok: on.ready, optional: true, detail: placeWords(on) })),
    );
    return { report, checks: [...checks, ...places, gpu(report.gpu)] };
  } catch (error) {
    return { report: null, checks: [{ name: 'engines', ok: false, optional: false, detail: reasonOf(error) }] };
  }
}

function gpu({ gpus, found, missing }: GpuReport): Check {
  const named = gpus.map(
    ({ name, memoryBytes, driver }) => `${name}, ${(memoryBytes / 2 ** 30).toFixed(0)} GB, driver ${driver}`,
  );
  const cuda =
    missing.length === 0
      ? 'CUDA 12 libraries found'
      : `CUDA 12: ${found.length} of ${found.length + missing.length} libraries found, missing ${missing.join(', ')}`;
  return {
    name: 'NVIDIA GPU',
    ok: gpus.length > 0,
    optional: true,
    detail: gpus.length > 0 ? [...named, cuda].join('; ') : 'none found: networks run on the CPU',
  };
}

const natives = (): Check[] =>
  ['libsql', 'sharp'].map((name) => load(name, 'it does not load; run "npm ci" again on this machine'));

function weight(name: string): Check {
  const file = resourcePath('weights', name);
  const ok = existsSync(file);
  return {
    name: `weights ${name}`,
    ok,
    optional: false,
    detail: ok ? file : 'missing: the installation is incomplete',
  };
}

function userData(): Check {
  const { dir } = new UserData();
  try {
    mkdirSync(dir, { recursive: true });
    const ms = percentile(fsyncTimes(dir, 20), 0.5);
    return { name: 'settings', ok: true, optional: false, detail: `${dir}, fsync ${ms.toFixed(2)} ms` };
  } catch (error) {
    return { name: 'settings', ok: false, optional: false, detail: `${join(dir)}: ${reasonOf(error)}` };
  }
}

function browser(): Check {
  const path = findBrowser();
  return { name: 'browser', ok: path !== null, optional: true, detail: path ?? 'no Chromium or Chrome found' };
}

function electron(): Check {
  const path = findElectron();
  return { name: 'Electron', ok: path !== null, optional: true, detail: path ?? 'the browser shell is used instead' };
}
