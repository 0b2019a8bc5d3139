import { basename } from 'node:path';
import type { Project } from '../../project';
import type { DraftMaterial } from '../draft';

type Collected = Pick<DraftMaterial, 'collector' | 'sources' | 'id' | 'quarantined'>;

/** Which samples of a draft a project has already, and under which names the others come. */
export interface Match {
  /** Key of each sample of the draft in the project; −1: it is new. */
  readonly keys: Int32Array;
  /** By sample of the draft; of known ones the project's own. */
  readonly ids: readonly string[];
  /** Place of the draft's sources among the project's; one past its end and on: a new one. */
  readonly sources: readonly number[];
  /** Keys whose originals are not there any more. */
  readonly removed: readonly number[];
  /** Keys whose originals hold other pixels now. */
  readonly changed: readonly number[];
}

/**
 * Finds a draft's samples in a project: pictures of a folder that was imported before by their place in it, everything else by its pixels
 * (pictures of another folder and volumes of studies also by their name, so that two equal scans stay two). What is new and has a name that is taken gets that of
 * its folder or file in front.
 */
export function matchSamples(material: Collected, project: Project): Match {
  const { index } = project;
  const count = material.collector.count;
  const hashes = material.collector.hashes();
  const hashOf = (i: number): string => Buffer.from(hashes.subarray(32 * i, 32 * i + 32)).toString('hex');
  const before = project.sources();
  let fresh = before.length;
  const sources = material.sources.map((source) => {
    const at = before.findIndex(
      (s) => s.kind === source.kind && (s.path === source.path || s.located?.includes(source.path)),
    );
    return at >= 0 ? at : fresh++;
  });
  const studies = material.sources[0]!.kind === 'studies';
  const folder = studies || material.sources[0]!.kind === 'folder';
  const again = folder && !studies && sources[0]! < before.length;

  const keys = new Int32Array(count).fill(-1);
  const claimed = new Set<number>();
  const changed: number[] = [];
  const claim = (i: number, key: number): void => {
    keys[i] = key;
    claimed.add(key);
  };
  const byId = new Map(Array.from({ length: index.size }, (_, key) => [index.id(key), key]));
  const byFile = new Map<string, number>();
  const byHash = new Map<string, number[]>();
  for (let key = 0; key < index.size; key++) {
    const { source, file } = project.fileOf(key);
    if (again && source === sources[0] && file !== null) byFile.set(file, key);
    const list = byHash.get(index.contentHash(key));
    if (list) list.push(key);
    else byHash.set(index.contentHash(key), [key]);
  }
  for (let i = 0; i < count; i++) {
    if (again) {
      const key = byFile.get(material.id(i));
      if (key === undefined) continue;
      claim(i, key);
      if (index.contentHash(key) !== hashOf(i)) changed.push(key);
    } else if (folder) {
      const key = byId.get(material.id(i));
      if (key !== undefined && index.contentHash(key) === hashOf(i)) claim(i, key);
    } else {
      const key = byHash.get(hashOf(i))?.find((k) => !claimed.has(k));
      if (key !== undefined) claim(i, key);
    }
  }
  const unreadable = new Set(material.quarantined.map((q) => q.file));
  // Of studies only the chosen ones were read.
  const looked = new Set(studies ? [] : sources.filter((s) => s < before.length));
  const removed: number[] = [];
  for (let key = 0; key < index.size; key++) {
    const { source, file } = project.fileOf(key);
    if (looked.has(source) && !claimed.has(key) && !(file !== null && unreadable.has(file))) removed.push(key);
  }
  const taken = new Set(byId.keys());
  const ids = Array.from({ length: count }, (_, i) => {
    if (keys[i]! >= 0) return index.id(keys[i]!);
    const id = freeName(material.id(i), basename(material.sources[0]!.path), taken);
    taken.add(id);
    return id;
  });
  return { keys, ids, sources, removed, changed };
}

function freeName(id: string, origin: string, taken: ReadonlySet<string>): string {
  if (!taken.has(id)) return id;
  for (let n = 1; ; n++) {
    const name = `${origin}${n === 1 ? '' : ` ${n}`}/${id}`;
    if (!taken.has(name)) return name;
  }
}
