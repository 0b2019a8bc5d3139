import { describe, expect, it } from 'vitest';
import { build, ctSlice, type Elements } from './build';
import { one, written } from './read';

const drug = (more: Elements = {}): Elements => ({
  '00181072 TM': '083000',
  '00181074 DS': '370000000',
  '00181075 DS': '6586.2',
  ...more,
});
const pet = (more: Elements = {}, given = drug()): Elements => ({
  ...ctSlice(2),
  '00080016 UI': '1.2.840.10008.5.1.4.1.1.128',
  '00080031 TM': '093000.00',
  '00080032 TM': '093001.00',
  '00080060 CS': 'PT',
  '00101030 DS': '70',
  '00280051 CS': 'DECY\\ATTN\\SCAT',
  '00540016 SQ': [given],
  '00541001 CS': 'BQML',
  '00541102 CS': 'START',
  ...more,
});
const factor = async (elements: Elements): Promise<number | undefined> =>
  (await one(...written({ a: build(elements) }))).header.suvFactor;

describe('SUV of PET', () => {
  it('is by body weight, decay taken from injection to scan', async () => {
    // 70 kg, 370 MBq, an hour of a half-life of 6586.2 s.
    expect(await factor(pet())).toBeCloseTo((70000 / 370e6) * 2 ** (3600 / 6586.2), 12);
    expect(await factor(pet({ '00541102 CS': 'ADMIN' }))).toBeCloseTo(70000 / 370e6, 12);
    const late = drug({ '00181072 TM': '233000' });
    expect(await factor(pet({ '00080031 TM': '003000', '00080032 TM': '003000' }, late))).toBeCloseTo(
      (70000 / 370e6) * 2 ** (3600 / 6586.2),
      12,
    );
  });

  it('is not told where the header does not allow it', async () => {
    const others: Elements[] = [
      { '00541001 CS': 'CNTS' },
      { '00280051 CS': 'DECY' },
      { '00101030 DS': '0' },
      { '00541102 CS': 'NONE' },
      // Written after the scan: the series time is another one.
      { '00080031 TM': '120000' },
    ];
    for (const more of others) expect(await factor(pet(more)), JSON.stringify(more)).toBeUndefined();
    expect(await factor(pet({}, drug({ '00181074 DS': '' })))).toBeUndefined();
    expect(await factor(ctSlice(2))).toBeUndefined();
  });
});
