import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build, ctSlice, type Elements } from '../formats/volumes/dicom/build';
import type { importFolder } from './setup';

type Folder = ReturnType<typeof importFolder>;

/** What says whose a study is, as hospitals write it into headers and names of files; none of it may be found anywhere but in the identity file. */
export const PLANTED = [
  'PLANTEDNAME',
  'Plantedname',
  'PLANTED-ID',
  'PLANTEDFOLDER',
  'PLANTEDFILE',
  'PLANTEDWORD',
  'PLANTEDPLACE',
  'PLANTEDDEVICE',
  'ACC998877',
  '19330731',
  '1933-07-31',
  '20190423',
  '2019-04-23',
  '1.2.99.7777',
  '0441777',
];

/** Where the studies of such a patient lie. */
export const folderOf = (n: number): string => `PLANTEDFOLDER_ERNA_${n}`;

/** Elements of a patient's slices, all of them with something that names a person. */
export const identityOf = (n: number): Elements => ({
  '00080018 UI': `1.2.99.7777.${n}.3.1`,
  '00080020 DA': '20190423',
  '00080021 DA': '20190423',
  '00080022 DA': '20190423',
  '00080030 TM': '0441777',
  '00080050 SH': `ACC998877${n}`,
  '00080070 LO': 'SIEMENS',
  '00080080 LO': 'PLANTEDPLACE Hospital',
  '00080090 PN': 'PLANTEDNAME^Referrer',
  '00081010 SH': 'PLANTEDDEVICE',
  '00081030 LO': 'CT Thorax of Mrs Plantedname',
  '0008103e LO': 'AX LUNG PLANTEDWORD 3mm',
  '00100010 PN': `PLANTEDNAME^ERNA ${n}`,
  '00100020 LO': `PLANTED-ID-${n}`,
  '00100021 LO': 'PLANTEDPLACE',
  '00100030 DA': '19330731',
  '00100040 CS': 'F',
  '00101010 AS': '094Y',
  '00101030 DS': '61.5',
  '00180015 CS': 'CHEST',
  '00181030 LO': 'PLANTEDWORD protocol',
  '0020000d UI': `1.2.99.7777.${n}.1`,
  '0020000e UI': `1.2.99.7777.${n}.2`,
  '00200052 UI': `1.2.99.7777.${n}.4`,
  '00281050 DS': '40',
  '00281051 DS': '400',
  '00281055 LO': 'PLANTEDWORD window',
});

/** Writes one series of a patient, slice by slice. @returns its files */
export function writeSeries(folder: Folder, dir: string, n: number, more: Elements = {}, slices = 4): string[] {
  return Array.from({ length: slices }, (_, i) =>
    folder.write(
      `${dir}/${folderOf(n)}/PLANTEDFILE_${i}.dcm`,
      build({
        ...ctSlice(2 * i, {}, 7 * n * n + ((i * n) % 5)),
        ...identityOf(n),
        '00080018 UI': `1.2.99.7777.${n}.3.${i + 1}`,
        ...more,
      }),
    ),
  );
}

/** Files below a folder that hold one of these texts, as bytes or as UTF-16, in their names too; those that `allowed` names are left out. */
export function leaksIn(dir: string, texts: readonly string[], allowed: readonly string[] = []): string[] {
  const leaks: string[] = [];
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (allowed.includes(name)) continue;
    for (const text of texts) if (name.includes(text)) leaks.push(`${path} is called "${text}"`);
    if (statSync(path).isDirectory()) leaks.push(...leaksIn(path, texts, allowed));
    else {
      const bytes = readFileSync(path);
      for (const text of texts)
        if (bytes.includes(text) || bytes.includes(Buffer.from(text, 'utf16le'))) leaks.push(`${path} holds "${text}"`);
    }
  }
  return leaks;
}
