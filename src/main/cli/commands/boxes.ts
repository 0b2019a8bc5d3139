import { resolve } from 'node:path';
import type { BoxSample, VolumeBox } from '@shared/domain';
import { table } from '../output';
import type { Answer } from '../output';
import { keyOf, withProject } from '../session';

interface OfProject {
  project: string;
}
interface ByReader extends OfProject {
  reader?: string;
}

export const boxesList = ({ project }: OfProject): Promise<Answer> =>
  withProject(project, async ({ client }) => answerOf((await client.boxes.list({})).boxes));

/** Draws one box in a volume, by millimetres. */
export const boxesAdd = (
  volume: string,
  { project, reader, ...box }: ByReader & { centre: Triple; size: Triple; name?: string },
): Promise<Answer> =>
  withProject(project, async ({ client }) => {
    const { boxes } = await client.boxes.add({
      boxes: [{ volume, box: { centre: box.centre, size: box.size, axes: STRAIGHT }, name: box.name }],
      origin: 'script',
      reader,
    });
    return answerOf(boxes);
  });

export const boxesRemove = (samples: string[], { project, reader }: ByReader): Promise<Answer> =>
  withProject(project, async ({ client }) => {
    const keys: number[] = [];
    for (const sample of samples) keys.push(await keyOf(client, sample));
    await client.boxes.remove({ keys, origin: 'script', reader });
    return { json: { removed: samples }, text: `${samples.length} removed; \`labels undo\` brings them back` };
  });

export const boxesImport = (file: string, { project, reader }: ByReader): Promise<Answer> =>
  withProject(project, async ({ client }) => {
    const { boxes, labelled } = await client.boxes.importFile({ file: resolve(file), reader });
    const { json, text } = answerOf(boxes);
    return { json: { ...json, labelled }, text: `${text}\n${boxes.length} boxes, ${labelled} of them labelled` };
  });

type Triple = VolumeBox['centre'];
const STRAIGHT = [1, 0, 0, 0, 1, 0, 0, 0, 1];

function answerOf(boxes: readonly BoxSample[]): Answer & { json: { boxes: unknown[] } } {
  const shown = boxes.map(({ id, box }) => ({ sample: id, ...box }));
  const mm = (values: readonly number[]): string => values.map((v) => v.toFixed(1)).join(' ');
  return {
    json: { boxes: shown },
    text: table(
      ['sample', 'centre (L P S mm)', 'size (mm)'],
      shown.map(({ sample, centre, size }) => [sample, mm(centre), mm(size)]),
    ),
  };
}
