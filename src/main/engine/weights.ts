import type { BlockConfig, EncoderConfig, HostParams } from '@main/model';

export interface LoadedEncoder {
  readonly config: EncoderConfig;
  /** Under the names that `encode` reads. */
  readonly params: HostParams;
}
export interface LoadedBlock {
  readonly config: BlockConfig;
  /** Under BLOCK_TENSORS' names, without `block.`: `prefixBlock` adds it. */
  readonly params: HostParams;
  /** The layer that was read. */
  readonly layer: number;
}

/** DINOv2's weights from a safetensors file, half precision made float32. */
export async function loadEncoder(_path: string): Promise<LoadedEncoder> {
  throw new Error('under construction');
}

/** One transformer block and the final norm from a GGUF file. @param layer null: the last one that the file holds */
export async function loadBlock(_path: string, _layer: number | null): Promise<LoadedBlock> {
  throw new Error('under construction');
}
