import { isVolumeEncoder } from '@shared/domain';
import type { EncoderSize, Recipe, VolumeEncoder } from '@shared/domain';
import { loadEncoder } from '@main/engine';
import type { LoadedEncoder } from '@main/engine';
import type { VolumeEncoderConfig } from '@main/model';
import { resourcePath } from '@main/project';
import { VOLUME_SIDE } from './full/volumes';

export const SHIPPED_ENCODER = 'dinov2-small.safetensors';
/** The bundled encoder, which the probe reads. */
export const encoderPath = (): string => resourcePath('weights', SHIPPED_ENCODER);

/** The file or folder of a run's 2D encoder. */
export const encoderPathOf = ({ encoder }: Pick<Recipe, 'encoder'>): string =>
  typeof encoder === 'object' ? encoder.path : encoderPath();
export const encoderOf = (recipe: Pick<Recipe, 'encoder'>): Promise<LoadedEncoder> =>
  loadEncoder(encoderPathOf(recipe));

/** Side of the patches of networks for volumes (344 tokens with CLS). [voxels] */
const VOLUME_PATCH = 4;

const SIZES: Record<EncoderSize, Record<VolumeEncoder, readonly [width: number, layers: number]>> = {
  compact: { vit3d: [192, 6], vivit: [192, 6] },
  small: { vit3d: [512, 8], vivit: [512, 4] },
  paper: { vit3d: [1024, 8], vivit: [1024, 8] },
};

/** The network for volumes that a recipe asks for; null where it asks for a 2D encoder. */
export function volumeConfigOf({
  encoder,
  encoderSize,
}: Pick<Recipe, 'encoder' | 'encoderSize'>): VolumeEncoderConfig | null {
  if (!isVolumeEncoder(encoder)) return null;
  const [width, layers] = SIZES[encoderSize][encoder];
  // The paper's feed-forward parts are as wide as the tokens; the compact one has a ViT's usual four times that, and heads of 64.
  const compact = encoderSize === 'compact';
  return {
    kind: encoder,
    width,
    layers,
    heads: compact ? width / 64 : 8,
    headSize: 64,
    hidden: compact ? 4 * width : width,
    patch: VOLUME_PATCH,
    size: VOLUME_SIDE,
  };
}
