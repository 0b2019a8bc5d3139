import { add, mean, mul, reshape } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Core, LabelKind, Mode } from '@shared/domain';
import {
  classify,
  filled,
  HEAD_EPSILON,
  isBlockCore,
  linear,
  normalise,
  prefixBlock,
  randomLike,
  residual,
  sequenceCls,
  sliceSequence,
  truncatedNormal,
  uniformByFanIn,
  VOLUME_EPSILON,
} from '@main/model';
import type { BlockForm, HostParams, Rows, Tensors } from '@main/model';
import type { LoadedBlock } from '@main/engine';
import { objectiveOf } from './objective';

/** A head on the tokens of a frozen encoder: what it is made of and how it starts. */
export interface HeadSpec {
  readonly mode: Mode;
  readonly core: Core;
  readonly classes: number;
  readonly kind: LabelKind;
  /** Tokens of a sample, and their width e: an image's with CLS, or the CLS tokens of a volume's slices. */
  readonly tokens: number;
  readonly width: number;
  readonly block: LoadedBlock | null;
  /** The encoder's final LayerNorm where the tokens are its last layer; null: a new one (gain 1); `none`: no LayerNorm (ViViT). */
  readonly norm: { readonly gain: Float32Array; readonly bias: Float32Array } | null | 'none';
  /** The tokens are those of a 3D ViT or ViViT: `plain` reads CLS alone, matrices start as PyTorch's, ε is PyTorch's. */
  readonly fromVolumes?: boolean;
  /** Tokens are those of slices: the head puts a CLS of its own before them; M1 and M2 start as the paper's 3D networks' do. */
  readonly volumes: boolean;
  /** Of volumes: which slices; all three axes where it is absent. */
  readonly sliceAxes?: 'three' | 'one';
  readonly seed: number;
}

/** What decides which of a sample's tokens a head reads. */
export type HeadReading = Pick<HeadSpec, 'mode' | 'core' | 'volumes' | 'sliceAxes'>;

/** L where no block says it: the width of the shipped one, so that cores can be compared. */
const WIDTH_WITHOUT_BLOCK = 576;

/**
 * What a head reads of a sample. `pooled`: CLS and mean patch of the normalised tokens (volumes: each axis's mean slice), all
 * that `plain` sees, so that the rest needs no pass at all; `cls`: row 0 (volumes: the mean slice), for cores that look at no
 * other row; `tokens`: all.
 */
export type HeadReads = 'pooled' | 'cls' | 'tokens';
export function readsOf(spec: Pick<HeadSpec, 'mode' | 'core' | 'fromVolumes'>): HeadReads {
  if (spec.mode === 'plain') return spec.fromVolumes ? 'cls' : 'pooled';
  return isBlockCore(spec.core) ? 'tokens' : 'cls';
}

/** Rows that `plain` reads side by side. */
const pooledRows = ({ volumes, sliceAxes }: Pick<HeadSpec, 'volumes' | 'sliceAxes'>): number =>
  !volumes ? 2 : sliceAxes === 'one' ? 1 : 3;

/** Shape of one sample's input. */
export function inputShape(spec: HeadReading & Pick<HeadSpec, 'tokens' | 'width'>): number[] {
  const rows = { pooled: pooledRows(spec), cls: 1, tokens: spec.tokens }[readsOf(spec)];
  return [rows, spec.width];
}

/** Start values. `params` are trained, `frozen` are not. */
export function startOf(spec: HeadSpec): { params: HostParams; frozen: HostParams } {
  const { width: e, mode, core, seed, block, norm } = spec;
  const { outputs, bias } = objectiveOf(spec.kind, spec.classes);
  const readout = readsOf(spec) === 'pooled' ? pooledRows(spec) * e : e;
  const likePyTorch = spec.volumes || spec.fromVolumes === true;
  const matrix = (name: string, shape: readonly [number, number]): HostParams[string] =>
    likePyTorch ? uniformByFanIn(seed, name, shape) : truncatedNormal(seed, name, shape);
  const params: HostParams = {
    'head.weight': spec.fromVolumes
      ? uniformByFanIn(seed, 'head.weight', [outputs, readout])
      : truncatedNormal(seed, 'head.weight', [outputs, readout]),
    'head.bias': { dtype: 'float32', shape: [outputs], data: bias },
  };
  if (norm !== 'none') {
    params['norm.weight'] = norm ? { dtype: 'float32', shape: [e], data: norm.gain } : filled([e], 1);
    params['norm.bias'] = norm ? { dtype: 'float32', shape: [e], data: norm.bias } : filled([e], 0);
  }
  if (mode === 'plain') return { params, frozen: {} };

  if (spec.volumes) {
    params.cls_token = truncatedNormal(seed, 'cls_token', [1, 1, e]);
    if (isBlockCore(core)) params.pos_embed = truncatedNormal(seed, 'pos_embed', [1, spec.tokens, e]);
  }
  const inner = block?.config.width ?? WIDTH_WITHOUT_BLOCK;
  params['llm_in.weight'] = matrix('llm_in.weight', [inner, e]);
  params['llm_out.weight'] = matrix('llm_out.weight', [e, inner]);
  if (mode === 'outer-nn') params['outer_nn.weight'] = matrix('outer_nn.weight', [e, e]);
  if (!isBlockCore(core)) return { params, frozen: {} };
  if (!block) throw new Error(`core ${core} needs a block`);
  const blockParams = prefixBlock(core === 'random' ? randomLike(seed, block.params) : block.params);
  return core === 'unfrozen' ? { params: { ...params, ...blockParams }, frozen: {} } : { params, frozen: blockParams };
}

/** @param x [B, …inputShape] @param form equal results @returns logits [B, outputs], and with the absorbed block the CLS row's attention [B, H, N] */
export function headLogits(
  params: Tensors,
  x: Tensor,
  spec: HeadSpec,
  form: BlockForm = 'absorbed',
): { logits: Tensor; attention?: Tensor } {
  if (readsOf(spec) === 'pooled') {
    const pooled = add(mul(x, params['norm.weight']!), params['norm.bias']!); // [B, 2 or 3, e]
    const row = reshape(pooled, [-1, pooledRows(spec) * spec.width]); // [B, 2e or 3e]
    return { logits: linear(row, params['head.weight']!, params['head.bias']) };
  }
  const { y, attention } = residual(params, rowsOf(params, x, spec), {
    mode: spec.mode,
    core: spec.core,
    block: spec.block?.config,
    rows: 'cls',
    form,
  }); // [B, 1, e]
  const epsilon = spec.norm === 'none' ? null : spec.fromVolumes ? VOLUME_EPSILON : HEAD_EPSILON;
  return { logits: classify(params, y, 'cls', epsilon), attention };
}

/** What a head reads of a volume's slices, as `headInput` makes it of kept tokens. @param z [B, axes · PLACES, e] @returns [B, …inputShape] */
export function sequenceReads(z: Tensor, spec: HeadSpec): Tensor {
  const reads = readsOf(spec);
  if (reads === 'tokens') return z;
  if (reads === 'cls') return mean(z, 1, true); // [B, 1, e]
  const axes = pooledRows(spec);
  return mean(reshape(normalise(z, HEAD_EPSILON), [-1, axes, spec.tokens / axes, spec.width]), 2); // [B, axes, e]
}

/** The rows that the core sees. @param x [B, …inputShape] @returns [B, N, e], row 0 is CLS */
function rowsOf(params: Tensors, x: Tensor, spec: HeadSpec): Tensor | Rows {
  if (!spec.volumes) return x;
  return isBlockCore(spec.core) ? sliceSequence(params, x) : sequenceCls(params, x);
}
