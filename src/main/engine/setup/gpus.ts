import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GpuReport } from '@shared/domain';
import { runProgram } from './process';

/** What libtensorflow 2.18's CUDA build opens at run time. */
const LIBRARIES = [
  'libcudart.so.12',
  'libcublas.so.12',
  'libcublasLt.so.12',
  'libcufft.so.11',
  'libcusolver.so.11',
  'libcusparse.so.12',
  'libcudnn.so.9',
];

/** NVIDIA's GPUs as the driver's own tool tells them, and CUDA's libraries as the loader would find them. */
export async function gpuReport(): Promise<GpuReport> {
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader,nounits'];
  const told = await runProgram('nvidia-smi', query).catch(() => null);
  const gpus = (told?.code === 0 ? told.said.trim().split('\n') : []).flatMap((line) => {
    const [name, megabytes, driver] = line.split(',').map((part) => part.trim());
    return name && driver ? [{ name, memoryBytes: Number(megabytes) * 2 ** 20, driver }] : [];
  });
  const known = await loadable();
  return {
    gpus,
    found: LIBRARIES.filter((name) => known.has(name)),
    missing: LIBRARIES.filter((name) => !known.has(name)),
  };
}

const MAKERS: Record<string, string> = { '0x1002': 'AMD', '0x8086': 'Intel', '0x10de': 'NVIDIA' };

/** The graphics cards that Linux knows, by maker and number, with their memory where the driver tells it; none on other systems. */
export async function graphicsCards(root = '/sys/class/drm'): Promise<{ name: string; memoryBytes: number | null }[]> {
  const cards = (await readdir(root).catch(() => [])).filter((name) => /^card\d+$/.test(name)).sort();
  const told = (card: string, file: string): Promise<string> =>
    readFile(join(root, card, 'device', file), 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
  const known = await Promise.all(
    cards.map(async (card) => {
      const [vendor, device, memory] = await Promise.all(
        ['vendor', 'device', 'mem_info_vram_total'].map((file) => told(card, file)),
      );
      const maker = MAKERS[vendor!];
      return maker ? [{ name: `${maker} ${device}`, memoryBytes: memory ? Number(memory) : null }] : [];
    }),
  );
  return known.flat();
}

async function loadable(): Promise<Set<string>> {
  const cache = (await runProgram('ldconfig', ['-p']).catch(() => null))?.said ?? '';
  const names = new Set([...cache.matchAll(/^\s*(\S+\.so[\w.]*)/gm)].map((match) => match[1]!));
  for (const dir of (process.env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean))
    for (const name of await readdir(dir).catch(() => [])) names.add(name);
  return names;
}
