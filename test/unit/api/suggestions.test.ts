import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { KIND_CODES } from '@main/project';
import { importBreast, openServices, type Fixture } from './support';
import { sampleKeys } from '@shared/sampleKeys';

let opened: Fixture;
afterEach(() => opened.close());

describe('accepting many suggestions', () => {
  it('leaves scored test samples and those seen in training as they are, and fails for none of them', async () => {
    opened = openServices();
    const { client, services } = opened;
    await importBreast(client, join(opened.home, 'breast.residua'));
    await client.project.setReader({ reader: 'Dr Test' });
    const { project } = services.session();
    const first = async (split: 'train' | 'val' | 'test'): Promise<number> =>
      (await sampleKeys(client, { filter: { splits: [split], classes: [0] }, sort: 'id' }))[0]!;
    const keys = [await first('train'), await first('val'), await first('test')];
    const kind = new Uint8Array(780);
    ['out-of-fold', 'seen-in-training', 'unseen'].forEach((k, i) => (kind[keys[i]!] = KIND_CODES.indexOf(k as never)));
    const probabilities = Float32Array.from({ length: 2 * 780 }, (_, i) => (i % 2 === 1 ? 0.9 : 0.1));
    project.setPredictions({ run: 'r1', head: 'chosen', classes: [0, 1], probabilities, kind });
    project.scorings.log('r1');

    const saved = await client.labels.accept({ keys, context: null });
    expect(saved.events).toHaveLength(1);
    const rows = await client.samples.rows({ keys });
    expect(rows.map((row) => [row.split, row.class])).toEqual([
      ['train', 1],
      ['val', 0],
      ['test', 0],
    ]);
    await expect(client.labels.accept({ keys: keys.slice(1), context: null })).rejects.toThrow('has a suggestion');
  });
});
