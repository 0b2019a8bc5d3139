import { rarestYes } from '../../strata';
import { joinGroups } from '../groups';
import type { StoredPair } from '../../types';
import type { GrowthGround } from './ground';
import { growSplits, type GrownSplits } from './splits';

/** Groups and splits of the project as it will be, by key. */
export interface Grown {
  readonly group: Int32Array;
  readonly groups: number;
  /** Keyed hash of each sample's patient; null where none is known. */
  readonly patients: readonly (string | null)[];
  readonly splits: GrownSplits;
}

/** By key the first sample with equal content (itself, mostly). */
export function firstEqualOf(ground: GrowthGround): Int32Array {
  const first = new Map<string, number>();
  return Int32Array.from({ length: ground.count }, (_, key) => {
    const hash = ground.hashOf(key);
    const known = first.get(hash);
    if (known === undefined) first.set(hash, key);
    return known ?? key;
  });
}

/**
 * Groups by patient, equal content and joined pairs; existing samples keep their splits.
 * @param pairs those with a new sample, with what was decided of each
 */
export function growGroups(ground: GrowthGround, firstEqual: Int32Array, pairs: readonly StoredPair[]): Grown {
  const { material, project, fresh } = ground;
  const { patients, pairs: before } = project.splitVersions.material();
  const joined = [...before, ...pairs].filter((p) => p.joined).map((p): [number, number] => [p.a.index, p.b.index]);
  firstEqual.forEach((first, key) => {
    if (first !== key) joined.push([first, key]);
  });
  const own = fresh.map((i) => {
    const { patient } = material.facts(i);
    return patient === null ? null : project.patients.keyOf(patient);
  });
  const everyone = [...patients, ...own];
  const { group, groups } = joinGroups(everyone, joined);
  const splits = growSplits({
    before: { splits: ground.splitsBefore(), leak: Array.from(project.index.leaks, (l) => l === 1) },
    group,
    classes: strataOf(ground),
    brought: fresh.map((i) => ground.broughtSplit(i)),
    seed: project.splits.seed + project.splits.version,
  });
  return { group, groups, patients: everyone, splits };
}

/** What a draw spreads evenly, over all samples: the class; of answers the rarest question that is answered with yes. */
function strataOf(ground: GrowthGround): (number | null)[] {
  const { project, fresh } = ground;
  const { kind, classes } = ground.scheme ?? project.scheme;
  if (kind !== 'answers') return [...project.splitVersions.material().classes, ...fresh.map((i) => classIn(ground, i))];
  const known = new Map(project.index.questions.map(({ id, answers }) => [id, answers]));
  const codes = classes.map(({ id }) => {
    const column = new Uint8Array(ground.count);
    column.set(known.get(id) ?? []);
    column.set(ground.freshCodes(id), ground.size);
    return column;
  });
  return Array.from(rarestYes(codes), (stratum) => (stratum < 0 ? null : stratum));
}

function classIn(ground: GrowthGround, i: number): number | null {
  const value = ground.labelOf(i);
  return value && 'class' in value ? value.class : null;
}
