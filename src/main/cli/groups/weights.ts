import type { Command } from 'commander';
import { blockOption, nonEmpty, recipeFlag } from '../options';
import { command } from './command';
import type { Take } from './command';

/** Weights in files: blocks of language models, and encoders. */
export function blocks(residua: Command, take: Take): void {
  const group = command(residua, 'block', 'blocks of language models: what a file holds, and what a block computes');
  const of = () => import('../commands/block');
  command(group, 'list', 'the model, its blocks and tensors of a file or folder')
    .argument('<file>', 'safetensors, GGUF, PyTorch .bin or .pth, llama2.c .bin, or a folder of them')
    .action((file) => take(async () => (await of()).blockList(file)));
  command(group, 'run', 'one block on given numbers, to hold an import against the original')
    .argument('<file[:layer]>', 'file or folder, and after a colon its layer, or layers as 28-31', blockOption)
    .requiredOption('--input <file>', 'npz with the array u [B, N, L]', nonEmpty)
    .requiredOption('--output <file>', 'npz to write: block, and block_norm after the final norm', nonEmpty)
    .option('--causal', 'tokens see only those before them')
    .option('--rotary', "with the model's own rotary embedding")
    .addOption(recipeFlag('engine'))
    .addOption(recipeFlag('device'))
    .action((place, options) => take(async (context) => (await of()).blockRun(place, options, context)));
}

export function encoders(residua: Command, take: Take): void {
  const group = command(residua, 'encoder', '2D encoders in files: timm, Hugging Face ViT, DeiT, DINO, DINOv2, MAE');
  const of = () => import('../commands/encoder');
  command(group, 'list', 'the encoder and the tensors of a file or folder')
    .argument('<file>', 'safetensors, PyTorch .bin or .pth, or a folder of them')
    .action((file) => take(async () => (await of()).encoderList(file)));
  command(group, 'run', 'an encoder on given pictures, to hold an import against the original')
    .argument('<file>', 'file or folder')
    .requiredOption(
      '--input <file>',
      'npz with the array pixels [B, S, S, 3] or [B, S, S, 1], as the encoder reads them',
      nonEmpty,
    )
    .requiredOption(
      '--output <file>',
      'npz to write: tokens of the last layer, and norm after the final LayerNorm',
      nonEmpty,
    )
    .addOption(recipeFlag('engine'))
    .addOption(recipeFlag('device'))
    .action((file, options) => take(async () => (await of()).encoderRun(file, options)));
}
