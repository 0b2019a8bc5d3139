import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namesBeside, parseNames } from '@main/api/labelNames';

let dir: string;
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'residua-names-'))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('names of labels', () => {
  it('are read out of the tables that lie beside atlases', () => {
    expect(parseNames('1 Precentral_L 2001\n2 Precentral_R 2002\n')).toEqual({ 1: 'Precentral_L', 2: 'Precentral_R' });
    expect(parseNames('# value name\r\n037\tHippocampus left\r\n')).toEqual({ 37: 'Hippocampus left' });
    expect(parseNames('4, "liver"\nnothing\n')).toEqual({ 4: 'liver' });
  });
  it('are none where no table lies there', async () => {
    writeFileSync(join(dir, 'atlas.nii.txt'), '1 one 7\n');
    expect(await namesBeside(join(dir, 'atlas.nii.gz'))).toEqual({ 1: 'one' });
    expect(await namesBeside(join(dir, 'other.nii.gz'))).toEqual({});
  });
});
