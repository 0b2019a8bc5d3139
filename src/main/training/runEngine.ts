import type { Recipe } from '@shared/domain';
import { openEngine } from '@main/engine';
import type { Engine } from '@main/engine';
import { tensorflowDir } from '@main/project/enginesDir';

/**
 * The engine of a run.
 * @param begunOn description of the engine that the run began on: a resumed run stays with it, for another one's optimiser counts
 *   otherwise
 * @throws UserError engine-missing where it is not here
 */
export function engineOf(
  recipe: Pick<Recipe, 'engine' | 'device'>,
  o: { threads?: number; begunOn?: string | null } = {},
): Promise<Engine> {
  const begun = (['onnx', 'tensorflow'] as const).find((name) => o.begunOn?.startsWith(name));
  const engine = recipe.engine === 'auto' ? (begun ?? 'auto') : recipe.engine;
  return openEngine({ engine, device: recipe.device, threads: o.threads, tensorflowDir: tensorflowDir() });
}
