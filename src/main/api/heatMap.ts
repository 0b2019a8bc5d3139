import { SPLIT_CODES } from '@main/project';
import { readRunRecipe } from '@main/training/runFiles';
import type { Head, HeatMap } from '@shared/domain';
import { UserError } from '@shared/errors';
import { gridOf, placed } from '@shared/volumeInput';
import type { Session } from './session';
import type { TaskTools } from './tasks';

/** @throws UserError where the run cannot speak of this sample, or may not yet */
export async function heatMapFor(
  session: Session,
  asked: { run: string; head: Head; key: number; class: number },
  { signal, onProgress }: TaskTools,
): Promise<HeatMap> {
  const { project } = session;
  const { run, head, key } = asked;
  const { folder, splitVersion, state } = session.runs.info(run);
  if (state !== 'done') throw new UserError('run-refused', 'heat maps are of runs that are done');
  if (splitVersion !== project.splits.version)
    throw new UserError('run-refused', 'the splits were drawn anew since this run: train again');
  if (SPLIT_CODES[project.index.splits[key]!] === 'test' && project.scorings.count(run).times === 0)
    throw new UserError('test-not-scored', 'this run has not scored the test split');
  const { probability, parts, size, drops, deletion, seen } = await session.compute.heatMap(
    { folder, head, key, class: asked.class },
    { signal, onProgress: (done, total) => onProgress({ stage: 'covering', done, total }) },
  );
  return {
    run,
    head,
    class: asked.class,
    probability,
    parts: [...parts],
    size: [...size],
    drops: Array.from(drops),
    deletion,
    place: placeOf(session, folder, key),
    seen,
  };
}

/** Where in the patient the run's input of a study's sample lies. */
function placeOf({ project }: Session, folder: string, key: number): HeatMap['place'] {
  const volume = project.pixels.volumeOf(key);
  const { volume: recipe } = readRunRecipe(folder).input;
  if (volume === null || !recipe) return null;
  const box = project.boxes.table.get(key)?.box ?? null;
  const { spacing, origin, direction } = gridOf(placed(project.volumes.get(volume).info, box, recipe));
  return { spacing: [...spacing], origin: [...origin], direction: [...direction] };
}
