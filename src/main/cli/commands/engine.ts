import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { localClient } from '@main/api';
import type { EngineReport, EngineStatus, PlaceStatus, SetupStage } from '@shared/domain';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { ownServices } from '../session';

export interface InstallOptions {
  from?: string;
  sha256?: string;
  cuda?: boolean;
}
const STAGES: Record<SetupStage, string> = {
  download: 'downloading',
  verify: 'checking the hash',
  unpack: 'unpacking',
  build: 'building the addon',
  check: 'trying it',
};

/** Installs the optional engine; Ctrl+C calls it off, and what was there before stays. */
export async function engineInstall(options: InstallOptions, { output, signal }: Context): Promise<Answer> {
  const services = ownServices();
  const client = localClient(services);
  const id = randomUUID();
  const listening = new AbortController();
  const cancel = (): void => void client.engines.cancel({ id });
  signal.addEventListener('abort', cancel);
  const events = await client.events({}, { signal: listening.signal });
  const shown = (async () => {
    let stage = '';
    for await (const event of events) {
      if (event.type !== 'engine' || event.progress.id !== id) continue;
      const { progress } = event;
      if (stage !== progress.stage) output.note(STAGES[progress.stage]);
      stage = progress.stage;
      if (progress.total > 1) output.progress(`${STAGES[progress.stage]} ${percent(progress)}`);
    }
  })().catch((error: unknown) => {
    if (!listening.signal.aborted) output.note(`progress is not shown: ${String(error)}`);
  });
  try {
    const from = options.from === undefined ? null : resolve(options.from);
    const status = await client.engines.install({
      id,
      from,
      sha256: options.sha256 ?? null,
      cuda: options.cuda ?? null,
    });
    return { failed: status.state !== 'ready', json: status, text: lineOf(status).join('  ') };
  } finally {
    listening.abort();
    await shown;
    signal.removeEventListener('abort', cancel);
    await services.close();
  }
}

const percent = ({ done, total }: { done: number; total: number }): string => `${Math.floor((100 * done) / total)} %`;

export async function engineList(): Promise<Answer> {
  const report = await engineReportOf();
  const { gpus, missing } = report.gpu;
  const lines = [
    table(['engine', 'version', '', ''], report.engines.map(lineOf)),
    table(['engine', 'device', '', ''], report.engines.flatMap(placeLines)),
    ...gpus.map(
      ({ name, memoryBytes, driver }) => `${name}, ${(memoryBytes / 2 ** 30).toFixed(0)} GB, driver ${driver}`,
    ),
    ...(gpus.length > 0 && missing.length > 0 ? [`CUDA libraries not found: ${missing.join(', ')}`] : []),
  ];
  return { json: report, text: lines.join('\n') };
}

export async function engineRemove(): Promise<Answer> {
  const services = ownServices();
  try {
    await services.engines.remove();
    return { json: { removed: 'tensorflow' }, text: 'the tensorflow engine is gone' };
  } finally {
    await services.close();
  }
}

/** Of this machine, without an open project. */
export async function engineReportOf(): Promise<EngineReport> {
  const services = ownServices();
  try {
    return await services.engines.report();
  } finally {
    await services.close();
  }
}

const lineOf = ({ name, version, state, device, reason }: EngineStatus): string[] => [
  name,
  version ?? '',
  state,
  [device, reason].filter(Boolean).join(' — '),
];

/** One line a device: what it is, or why it is not used. */
const placeLines = ({ name, places }: EngineStatus): string[][] =>
  places.map((on) => [name, on.place, on.ready ? 'ready' : 'not here', placeWords(on)]);

export const placeWords = ({ name, memoryBytes, reason }: PlaceStatus): string =>
  [
    [name, memoryBytes === null ? '' : `${(memoryBytes / 2 ** 30).toFixed(1)} GB`].filter(Boolean).join(', '),
    reason ?? '',
  ]
    .filter(Boolean)
    .join(' — ');
