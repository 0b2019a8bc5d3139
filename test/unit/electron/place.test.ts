import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { placeOn, readPlace, writePlace } from '@main/electron/place';

const laptop = { x: 0, y: 25, width: 1440, height: 875 };
const reading = { x: 1440, y: 0, width: 3840, height: 2160 };
const stood = { x: 1600, y: 100, width: 2000, height: 1500, maximized: false };

describe('a window', () => {
  it('opens where it stood', () => {
    expect(placeOn([laptop, reading], stood)).toEqual(stood);
    expect(placeOn([laptop, reading], { ...stood, maximized: true }).maximized).toBe(true);
  });
  it('opens at its usual size where nothing is remembered, within a small screen', () => {
    expect(placeOn([reading], null)).toEqual({ width: 1440, height: 900, maximized: false });
    expect(placeOn([{ x: 0, y: 0, width: 1280, height: 720 }], null)).toMatchObject({ width: 1280, height: 720 });
  });
  it('comes back to the main screen, as large as that allows, when its own has gone', () => {
    expect(placeOn([laptop], stood)).toEqual({ width: 1440, height: 875, maximized: false });
  });
  it('is pulled in where its screen has become smaller', () => {
    expect(placeOn([{ ...reading, width: 1920, height: 1080 }], stood)).toEqual({
      x: 1440,
      y: 0,
      width: 1920,
      height: 1080,
      maximized: false,
    });
  });
  it('never stands with its upper edge out of reach', () => {
    for (const place of [
      { ...stood, x: 100, y: -600 },
      { ...stood, x: 5200, y: 100 },
      { ...stood, x: -1900, y: 100 },
    ]) {
      const { x, y } = placeOn([laptop, reading], place);
      expect([x, y]).toEqual([undefined, undefined]);
    }
  });
});

describe('the memory of it', () => {
  const dir = mkdtempSync(join(tmpdir(), 'residua-place-'));
  afterAll(() => rmSync(dir, { recursive: true }));
  it('gives back what it was given, and nothing where it is missing or damaged', () => {
    const file = join(dir, 'window.json');
    expect(readPlace(file)).toBeNull();
    writePlace(file, stood);
    expect(readPlace(file)).toEqual(stood);
    for (const bad of ['{"x":', '{"x":0,"y":0,"width":-5,"height":700,"maximized":false}', '[]']) {
      writeFileSync(file, bad);
      expect(readPlace(file)).toBeNull();
    }
  });
});
