import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { localClient } from '@main/api';
import type { Context } from '../context';
import { importProject } from '../commands/import';
import type { Answer } from '../output';
import { ownServices } from '../session';
import { since } from './figures';
import { machineName } from './machine';
import { workplace } from './workplace';

const SIDE = 8;
/** Folders of more files make some file systems slow. */
const A_FOLDER = 1000;

/** How long a hospital's table takes: looked at with its columns mapped, and imported with a tiny picture a row. */
export async function benchTable({ rows }: { rows: number }, context: Context): Promise<Answer> {
  const place = workplace();
  const services = ownServices({ userDataDir: place.home });
  try {
    context.output.note(`writing ${rows} pictures of ${SIDE} × ${SIDE} and their table`);
    const { root, table } = writeScans(place.dir, rows);
    const client = localClient(services);
    const map = { path: 'file', label: 'diagnosis', patient: 'mrn', labels: { Benign: 'benign' } };
    let start = performance.now();
    let cpu = process.cpuUsage();
    const preview = await client.imports.previewTable({ folder: root, table, map, into: false });
    const mapped = since(start);
    const mapCpu = cpuSeconds(cpu);
    start = performance.now();
    cpu = process.cpuUsage();
    const mapFile = join(place.dir, 'map.json');
    writeFileSync(mapFile, JSON.stringify(map));
    const project = join(place.dir, 'table.residua');
    const result = await importProject(client, { paths: [root] }, { project, table, map: mapFile }, context);
    const imported = since(start);
    const importCpu = cpuSeconds(cpu);
    const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
    const json = {
      machine: machineName(),
      rows: preview?.report?.rows,
      samples: result.samples,
      mapSeconds: mapped,
      importSeconds: imported,
      mapCpuSeconds: mapCpu,
      importCpuSeconds: importCpu,
      megabytes,
    };
    return {
      json,
      text: `${result.samples} rows: columns shown after ${mapped} s (${mapCpu} s of processor time), imported in ${imported} s (${importCpu} s); at most ${megabytes} MB of memory`,
    };
  } finally {
    await services.close();
    place.remove();
  }
}

/** All threads of this process since then. */
function cpuSeconds(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / 1e4) / 100;
}

function writeScans(dir: string, rows: number): { root: string; table: string } {
  const root = join(dir, 'scans');
  const lines = ['file,diagnosis,mrn,site,age'];
  let state = 7;
  for (let i = 0; i < rows; i++) {
    if (i % A_FOLDER === 0) mkdirSync(join(root, String(i / A_FOLDER)), { recursive: true });
    const file = `${Math.floor(i / A_FOLDER)}/${i}.png`;
    const grey = Uint8Array.from({ length: SIDE * SIDE }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    writeFileSync(join(root, file), png(grey));
    lines.push(
      `${file},${i % 3 === 0 ? 'Benign' : i % 3 === 1 ? 'benign' : 'malignant'},P${i >> 1},site ${i % 12},${20 + (i % 70)}`,
    );
  }
  const table = join(dir, 'table.csv');
  writeFileSync(table, lines.join('\r\n'));
  return { root, table };
}

/** A grey picture as PNG. */
function png(grey: Uint8Array): Buffer {
  const chunk = (name: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(data.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([size, body, check]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIDE, 0);
  head.writeUInt32BE(SIDE, 4);
  head[8] = 8;
  const lines = Buffer.alloc(SIDE * (SIDE + 1));
  for (let y = 0; y < SIDE; y++) lines.set(grey.subarray(y * SIDE, (y + 1) * SIDE), y * (SIDE + 1) + 1);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', new Uint8Array()),
  ]);
}
