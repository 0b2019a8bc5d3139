import type { VolumeEncoderConfig } from '@main/model';

/**
 * Layer-wise learning-rate decay (Clark et al. 2020; BEiT, Bao et al. 2022): the head and all that is new learn at the step's
 * rate, each layer of the encoder at `decay` times the rate of the one above it, the embeddings at that of a layer below the
 * first. With L layers, layer i (from 0) gets decay^(L - i), the embeddings decay^(L + 1).
 * @param name parameter under Hugging Face names @param layers L, the layers that are trained
 */
export function layerScale(name: string, layers: number, decay: number): number {
  const layer = /^encoder\.layer\.(\d+)\./.exec(name)?.[1];
  if (layer !== undefined) return decay ** (layers - Number(layer));
  return name.startsWith('embeddings.') ? decay ** (layers + 1) : 1;
}

/** The same for networks of volumes, whose layers count from the patches up: of a ViViT across layers of patches first, then across the volume. */
export function volumeLayerScale(name: string, { kind, layers }: VolumeEncoderConfig, decay: number): number {
  const total = kind === 'vit3d' ? layers : 2 * layers;
  const [, stage, layer] = /^(\w*?)_?transformer\.(?:layers\.(\d+)\.|norm\.)/.exec(name) ?? [];
  if (stage !== undefined) {
    const first = stage === 'temporal' ? layers : 0;
    // The LayerNorm behind a stage learns with its last layer.
    return decay ** (total - first - (layer === undefined ? layers - 1 : Number(layer)));
  }
  return /^(to_patch_embedding\.|pos_embedding$|(spatial_|temporal_)?cls_token$)/.test(name) ? decay ** (total + 1) : 1;
}
