import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Spawner } from '@main/compute';
import type { Params } from '@main/compute/protocol';
import { Worker } from '@main/compute/worker';
import { Db } from '@main/project/db/sqlite';
import { findLater } from '@main/project/import';
import { Pause } from '@main/training/pause';
import { NEAR, type AppEvent } from '@shared/domain';
import { errorData } from '@shared/errors';
import { importBreast, openServices, type Fixture } from './support';

let opened: Fixture;
afterEach(() => opened.close());

/** A "process" that is this one: what is asked of it is done by the same worker. */
const here: Spawner = {
  spawn: () => {
    const worker = new Worker();
    const aborts = new Map<number, AbortController>();
    let tell: (message: unknown) => void = () => undefined;
    let exit: (code: number | null, signal: string | null) => void = () => undefined;
    return {
      pid: undefined,
      onMessage: (listener) => void (tell = listener),
      onExit: (listener) => void (exit = listener),
      kill: () => exit(0, null),
      send: (message) => {
        const said = message as
          { abort: number } | { id: number; method: 'findDuplicates'; params: Params<'findDuplicates'> };
        if ('abort' in said) return aborts.get(said.abort)?.abort();
        const { id, method, params } = said;
        const abort = new AbortController();
        aborts.set(id, abort);
        worker
          .call(method, params, {
            signal: abort.signal,
            pause: new Pause(),
            onProgress: (progress) => tell({ id, progress }),
          })
          .then(
            (result) => tell({ id, result }),
            (error: unknown) => tell({ id, error: errorData(error) }),
          );
      },
    };
  },
};

/** BreastMNIST as if it had been too large for its near-duplicates to be looked for on import. */
async function tooLarge(): Promise<{ dir: string; known: Awaited<ReturnType<typeof allPairs>> }> {
  opened = openServices({ spawner: here });
  const dir = join(opened.home, 'b.residua');
  await importBreast(opened.client, dir);
  const known = await allPairs();
  await opened.client.project.close({});
  const db = Db.open(join(dir, 'project.db'));
  db.exec(`DELETE FROM pair_decisions WHERE number IN (SELECT number FROM pairs WHERE exact = 0);
    DELETE FROM pairs WHERE exact = 0; UPDATE split_versions SET near_looked_for = 0`);
  db.close();
  await opened.client.project.open({ dir });
  return { dir, known };
}
const allPairs = async () => (await opened.client.project.pairs({ offset: 0, limit: 2000 })).pairs;
const named = (pairs: Awaited<ReturnType<typeof allPairs>>): string[] =>
  pairs.map((p) => `${p.a.id} ${p.b.id} ${p.exact} ${p.likeness.toFixed(6)} ${p.componentSize}`).sort();

it('finds later what an import finds at once', async () => {
  const { dir, known } = await tooLarge();
  const found = await findLater(dir, NEAR);
  expect(found.pairs).toHaveLength(known.length);
  expect(readdirSync(join(dir, 'cache')).filter((name) => name.startsWith('looks'))).toEqual([]);
});

it('says that it was not looked for, looks, shows its pairs, and changes no split but by a new version', async () => {
  const { known } = await tooLarge();
  const { client, services } = opened;
  const before = (await client.project.info({}))!;
  expect(before.nearSearch.state).toBe('not-looked');
  expect(before.splits.nearLookedFor).toBe(false);
  const events: AppEvent[] = [];
  services.events.listen((event) => void events.push(event));
  const after = await client.project.lookForNear({ wait: true });
  const done = events.flatMap((e) => (e.type === 'near' ? [e.search.done] : []));
  expect(done.length).toBeGreaterThan(2);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(after.nearSearch.state).toBe('done');
  expect(after.duplicates).toEqual({ exact: 1, near: 103, withDifferentLabels: 4, testLeaks: 28 });
  expect(after).toMatchObject({ groups: before.groups, pairsUndecided: 103 });
  expect(after.splits).toEqual({ ...before.splits, nearLookedFor: true });
  expect(named(await allPairs())).toEqual(named(known));
  const request = { policy: 'leak-free' as const, seed: 1, pairs: {} };
  expect(await client.project.previewSplits(request)).toMatchObject({
    counts: { train: 492, val: 75, test: 156 },
    leftOutAsLeak: 57,
    moved: 57,
    voids: { times: 0, runs: 0 },
  });
  expect((await client.project.info({}))!.splits.version).toBe(1);
  const next = await client.project.resplit(request);
  expect(next).toMatchObject({ groups: 687, pairsUndecided: 0, splits: { version: 2, testLeaks: 0 } });
  expect((await client.project.splitHistory({})).versions.map((v) => v.nearLookedFor)).toEqual([true, true]);
});

it('is cancelled at once, leaves nothing behind, and begins again only when asked', async () => {
  const { dir } = await tooLarge();
  const { client } = opened;
  expect((await client.project.lookForNear({})).nearSearch.state).toBe('running');
  const { nearSearch, splits } = await client.project.cancelNear({});
  expect(nearSearch.state).toBe('cancelled');
  expect(splits.nearLookedFor).toBe(false);
  expect(readdirSync(join(dir, 'cache')).filter((name) => name.startsWith('looks'))).toEqual([]);
  await client.project.close({});
  await client.project.open({ dir });
  expect((await client.project.info({}))!.nearSearch.state).toBe('cancelled');
  expect((await client.project.lookForNear({ wait: true })).nearSearch.state).toBe('done');
});
