import type { DuplicatePair } from '@shared/domain';
import { sortPairs, compareSides } from '../judge';
import type { GrowthGround } from './ground';
import { stored } from './ground';

/** Pairs with a new sample, the most urgent first; `index` is the key in the project as it will be. */
export function newPairs(ground: GrowthGround): DuplicatePair[] {
  const { material, project, match, size } = ground;
  const { duplicates } = material;
  const side = (key: number): DuplicatePair['a'] => {
    const i = ground.placeOf(key);
    if (i === undefined) return project.duplicates.side(key);
    return { index: key, id: match.ids[i]!, split: ground.broughtSplit(i), ...stored(ground.labelOf(i)) };
  };
  const pairs = duplicates.pairs.flatMap(({ a, b, exact, likeness }): DuplicatePair[] => {
    const [x, y] = [ground.keyOf(a), ground.keyOf(b)].sort((p, q) => p - q) as [number, number];
    if (y < size) return [];
    const [left, right] = [side(x), side(y)];
    const component = duplicates.component[a]!;
    const componentSize = duplicates.componentSizes[component]!;
    return [{ a: left, b: right, exact, likeness, ...compareSides(left, right), component, componentSize }];
  });
  return sortPairs(pairs);
}
