import { availableParallelism } from 'node:os';
import type { InputRecipe, Recipe } from '@shared/domain';
import { lanesOf } from './foldWaves';
import { needsBlock } from './runFolder';
import { MOST_IN_MEMORY, PATCH, PLACES, tapsCount } from './taps';

/** What a `quick` run is made of, before anything of it exists. */
export interface QuickSize {
  /** Samples of the run, those of test too: their tokens are read with the others. */
  readonly samples: number;
  /** Samples of train and validation: the probe learns on them. */
  readonly labelled: number;
  readonly input: Pick<InputRecipe, 'imageSize' | 'axes'>;
  /** The frozen block: its width L and its numbers, final norm left out. */
  readonly block: { readonly width: number; readonly parameters: number };
  /** Threads of the machine; its own unless given. */
  readonly threads?: number;
}

type QuickRecipe = Pick<Recipe, 'mode' | 'core' | 'taps' | 'batch' | 'sliceAxes'>;

/** SmolLM2-135M's, which is shipped. */
export const SHIPPED_BLOCK = { width: 576, parameters: 3_540_096 };

const FLOAT = 4;
/** e of the shipped encoder, DINOv2-small, and the layers that the probe reads: CLS and mean patch of each. */
const WIDTH = 384;
const PROBE_LAYERS = 5;
/**
 * Peaks of BreastMNIST from cached tokens were 392 MB for `plain` and 750 MB for `outer` with the shipped block (docs/figures.md). Less
 * what follows from the sizes below, the first leaves what Node, tfjs-core, onnxruntime and the folds' results take.
 */
const PROCESS = 361 * 1e6;
/** Of what is trained: values and two moments, in two sets that take turns and the copy that a checkpoint is written from. */
const STATE = 9;
/** A frozen block: as it was read, and as the session lays it out. */
const FROZEN = 2;
/** Batches of tokens that live at once in a step; the second measured peak says so. */
const BATCHES = 3;

/** The most memory that the process of a `quick` run takes, from the sizes of what it holds; features are at hand. [bytes] */
export function quickBytes(recipe: QuickRecipe, size: QuickSize): number {
  const { samples, labelled, input, block, threads = availableParallelism() } = size;
  const volumes = input.axes === 'three-axes';
  const axes = recipe.sliceAxes === 'one' ? 1 : 3;
  const tokens = volumes ? axes * PLACES : (input.imageSize / PATCH) ** 2 + 1;
  const width = WIDTH * tapsCount(recipe.taps);
  const bytesOf = (rows: number): number => FLOAT * rows * width;
  const held = (row: number): number => (samples * row > MOST_IN_MEMORY ? 0 : samples * row);
  // Rows and columns first.
  const probe = 2 * FLOAT * labelled * (volumes ? 3 : 1) * PROBE_LAYERS * 2 * WIDTH;
  // The control reads beside the head that was chosen.
  const control = PROCESS + probe + held(bytesOf(volumes ? axes : 2));
  if (recipe.mode === 'plain') return control;

  const withBlock = needsBlock(recipe);
  const inner = withBlock ? block.width : SHIPPED_BLOCK.width;
  const matrices = 2 * inner * width + (recipe.mode === 'outer-nn' ? width * width : 0);
  const trained = matrices + (recipe.core === 'unfrozen' ? block.parameters : 0);
  const frozen = withBlock && recipe.core !== 'unfrozen' ? block.parameters : 0;
  const row = bytesOf(withBlock ? tokens : 1);
  const step = FLOAT * (STATE * trained + FROZEN * frozen) + BATCHES * recipe.batch * row;
  return control + held(row) + lanesOf(threads).atOnce * step;
}
