import { NEAR } from '@shared/domain';
import { findNear, type NearOptions } from './near';
import { UnionFind } from './unionFind';

/** Two samples with equal or nearly equal pixels, a < b. */
export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly exact: boolean;
  /** Correlation of the grey 28×28 pictures less the data set's mean picture; 1 for exact ones. */
  readonly likeness: number;
}

export interface Duplicates {
  /** Exact ones first, then near ones. Of more than `LISTED_GROUP` equal samples only those with the first one are listed. */
  readonly pairs: readonly Pair[];
  /** By sample the first sample with the same content (itself, mostly). */
  readonly firstEqual: Int32Array;
  /** By sample the number of its connected component over all pairs, and the members of each component. */
  readonly component: Int32Array;
  readonly componentSizes: Int32Array;
  readonly nearLookedFor: boolean;
}

export interface DuplicateInput {
  /** 32 bytes of content hash a sample. */
  readonly hashes: Uint8Array;
  /** Small pictures to look for near-duplicates in; null: only exact ones are looked for. */
  readonly looks: Pick<NearOptions, 'file' | 'dims' | 'mean'> | null;
  readonly onProgress?: NearOptions['onProgress'];
  readonly signal?: AbortSignal;
  readonly threshold?: number;
  /** Near-duplicates are not looked for among more contents than this; `MOST_LOOKED_AT` unless given. */
  readonly most?: number;
}

/** Near-duplicates are looked for at once up to here. */
export const MOST_LOOKED_AT = 100_000;
/** Hundreds of equal pictures (blank ones) make more pairs than anybody reads. */
export const LISTED_GROUP = 64;
const HASH_BYTES = 32;

/** Finds equal and nearly equal samples. @throws whatever `signal` was aborted with */
export async function findDuplicates(input: DuplicateInput): Promise<Duplicates> {
  const { hashes, looks, onProgress, signal, threshold = NEAR, most = MOST_LOOKED_AT } = input;
  const count = hashes.length / HASH_BYTES;
  const firstEqual = equalContents(hashes);
  const members = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const first = firstEqual[i]!;
    if (first === i) continue;
    const list = members.get(first);
    if (list) list.push(i);
    else members.set(first, [first, i]);
  }
  const pairs: Pair[] = [];
  for (const list of members.values())
    for (const [i, a] of (list.length > LISTED_GROUP ? list.slice(0, 1) : list).entries())
      for (const b of list.slice(i + 1)) pairs.push({ a, b, exact: true, likeness: 1 });
  pairs.sort((p, q) => p.a - q.a || p.b - q.b);

  const rows = Int32Array.from(firstEqual.filter((first, i) => first === i));
  const near = looks && rows.length <= most ? await findNear({ ...looks, rows, threshold, onProgress, signal }) : null;
  const nearPairs: Pair[] = [];
  for (const pair of near ?? [])
    for (const a of listed(members, rows[pair.a]!))
      for (const b of listed(members, rows[pair.b]!))
        nearPairs.push({ a: Math.min(a, b), b: Math.max(a, b), exact: false, likeness: pair.likeness });
  nearPairs.sort((p, q) => p.a - q.a || p.b - q.b);

  const sets = new UnionFind(count);
  for (let i = 0; i < count; i++) sets.join(firstEqual[i]!, i);
  for (const { a, b } of nearPairs) sets.join(a, b);
  const { group: component, groups } = sets.labels();
  const componentSizes = new Int32Array(groups);
  for (const c of component) componentSizes[c]!++;
  return { pairs: pairs.concat(nearPairs), firstEqual, component, componentSizes, nearLookedFor: near !== null };
}

function listed(members: ReadonlyMap<number, readonly number[]>, first: number): readonly number[] {
  const list = members.get(first);
  return list === undefined || list.length > LISTED_GROUP ? [first] : list;
}

/** By row the first row with the same 32 bytes: an open-addressing table, as a `Map` of millions of keys would not fit. */
function equalContents(hashes: Uint8Array): Int32Array {
  const count = hashes.length / HASH_BYTES;
  const bits = Math.max(4, Math.ceil(Math.log2(count * 2 + 1)));
  const table = new Int32Array(2 ** bits).fill(-1);
  const words = new Int32Array(hashes.buffer, hashes.byteOffset, count * (HASH_BYTES / 4));
  const first = new Int32Array(count);
  const same = (i: number, j: number): boolean => {
    for (let w = 0; w < 8; w++) if (words[8 * i + w] !== words[8 * j + w]) return false;
    return true;
  };
  for (let i = 0; i < count; i++) {
    // The hash is as good as random: its own bits are the place.
    let at = words[8 * i]! & (table.length - 1);
    while (table[at] !== -1 && !same(table[at]!, i)) at = (at + 1) & (table.length - 1);
    if (table[at] === -1) table[at] = i;
    first[i] = table[at]!;
  }
  return first;
}
