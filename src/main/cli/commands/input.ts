import type { InputRecipe, VolumeIntensity, VolumeRecipe } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Answer } from '../output';
import { withProject } from '../session';

interface OfProject {
  project: string;
}

export const inputShow = ({ project }: OfProject): Promise<Answer> =>
  withProject(project, async ({ client, info }) => {
    const suggested = await client.project.suggestInput({});
    const { text } = answerOf(info.input);
    const fits = suggested ? `\nwhat fits the data: ${words(suggested)}` : '';
    return { json: { input: info.input, suggested }, text: text + fits };
  });

/** Changes some of the recipe, or takes the one that fits the data. */
export const inputSet = ({
  project,
  fit,
  ...given
}: OfProject & Partial<VolumeRecipe> & { fit?: boolean }): Promise<Answer> =>
  withProject(project, async ({ client, info }) => {
    const fitting = fit || !info.input.volume ? await client.project.suggestInput({}) : null;
    const before = fitting ?? info.input.volume;
    if (!before) throw new UserError('value-invalid', 'this project has no volumes of studies');
    const { grid, spacing, intensity } = { ...before, ...given };
    const { input } = await client.project.setInput({ grid, spacing, intensity });
    return answerOf(input);
  });

const answerOf = (input: InputRecipe): Answer => ({
  json: { input },
  text: input.volume ? words(input.volume) : `pictures of ${input.imageSize} pixels a side, as they are`,
});

const words = ({ grid, spacing, intensity }: VolumeRecipe): string =>
  `${grid.join(' × ')} voxels of ${spacing.join(' × ')} mm, ${intensityWords(intensity)}`;

function intensityWords(intensity: VolumeIntensity): string {
  switch (intensity.kind) {
    case 'windows':
      return `windows ${intensity.windows.map(({ low, high }) => `${low} to ${high}`).join(', ')}`;
    case 'percentiles':
      return `percentiles ${intensity.low} to ${intensity.high} of each volume`;
    case 'suv':
      return `SUV 0 to ${intensity.high}`;
    case 'range':
      return `values ${intensity.low} to ${intensity.high}`;
  }
}
