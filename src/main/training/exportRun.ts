import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isVolumeEncoder } from '@shared/domain';
import type { ExportedFile } from '@shared/domain';
import { UserError } from '@shared/errors';
import { exportOnnx, runOnnx } from '@main/engine';
import type { HostTensor } from '@main/engine';
import { fileError } from '@main/formats';
import { openPixels } from '@main/project';
import { writeWhole } from './atomic';
import { networkOf, slicesOf } from './exportModel';
import { cubeOf } from './full/volumes';
import { toHalf } from './half';
import { inputPlanes } from './input';
import { readRunData } from './runData';
import type { RunData } from './runData';
import { engineOf } from './runEngine';

/** What the float32 file may be off from the engine, in a probability. */
const BOUND = 1e-4;
const COMPARED = 8;
const FILES = [
  { name: 'model.onnx', precision: 'float32' },
  { name: 'model-fp16.onnx', precision: 'float16' },
] as const;

/**
 * Writes a run's network for others: `model.onnx` in single precision, and `model-fp16.onnx` with weights in half precision. Both
 * are run by onnxruntime on samples of the project and compared with the engine of the run.
 * @param to a new or empty folder, or one that holds an earlier export
 * @throws UserError where the folder holds something else, the volumes have several shapes, or the file answers otherwise than the engine
 */
export async function exportRun(folder: string, to: string, o: { signal?: AbortSignal } = {}): Promise<ExportedFile[]> {
  const data = await readRunData(folder);
  if (!existsSync(join(folder, 'best.safetensors')))
    throw new UserError('run-refused', 'the run has no trained head yet', { file: folder });
  const slices = await slicesOf(data);
  if (slices === 'several')
    throw new UserError('run-refused', 'the volumes have several shapes, and a file serves volumes of one');
  await prepareFolder(to);
  const network = await networkOf(data, slices);
  const [name, spec] = Object.entries(network.inputs)[0]!;
  const sample = await inputOf(data, spec.shape.slice(1));
  const engine = await engineOf(data.content.recipe);
  const program = await engine.compile({ ...network, inputs: { [name]: { dtype: 'float32', shape: sample.shape } } });
  const expected = (await program.run({ [name]: sample })).probabilities!;
  await program.dispose();
  const written: ExportedFile[] = [];
  for (const file of FILES) {
    if (o.signal?.aborted) throw new UserError('cancelled', 'the export was called off');
    const half = file.precision === 'float16' ? toHalf : undefined;
    const bytes = exportOnnx({ ...network, half });
    const { probabilities } = await runOnnx(bytes, { [name]: sample });
    const difference = greatest(probabilities!, expected);
    if (file.precision === 'float32' && !(difference <= BOUND))
      throw new UserError(
        'run-failed',
        `its answers are off by ${difference.toExponential(1)} from the engine's: nothing was written`,
        { file: file.name },
      );
    await writeWhole(join(to, file.name), bytes);
    written.push({ ...file, bytes: bytes.length, difference, compared: sample.shape[0]! });
  }
  return written;
}

function greatest(a: HostTensor, b: HostTensor): number {
  let most = 0;
  for (let i = 0; i < b.data.length; i++) {
    const off = Math.abs(Number(a.data[i]) - Number(b.data[i]));
    if (!(off <= most)) most = off;
  }
  return most;
}

/** The first samples as the network sees them. @param shape of one sample @returns [B, …shape] */
async function inputOf(data: RunData, shape: readonly number[]): Promise<HostTensor & { dtype: 'float32' }> {
  const pixels = await openPixels(data.projectDir, data.content.input);
  try {
    const samples = data.samples.slice(0, COMPARED);
    const size = shape.reduce((a, b) => a * b, 1);
    const out = new Float32Array(samples.length * size);
    for (const [i, { key }] of samples.entries()) {
      let at = i * size;
      const frame = await pixels.frame(key);
      const { recipe, input } = data.content;
      const read = isVolumeEncoder(recipe.encoder) ? [cubeOf(frame, input)] : inputPlanes(frame, input);
      for (const planes of recipe.sliceAxes === 'one' ? read.slice(0, 1) : read) {
        out.set(planes, at);
        at += planes.length;
      }
    }
    return { dtype: 'float32', shape: [samples.length, ...shape], data: out };
  } finally {
    await pixels.close();
  }
}

async function prepareFolder(to: string): Promise<void> {
  try {
    await mkdir(to, { recursive: true });
    const there = await readdir(to);
    if (there.length > 0 && !there.includes('model.onnx'))
      throw new UserError('file-unreadable', 'this folder holds other files: name a new or an empty one', { file: to });
  } catch (error) {
    throw fileError(error, to);
  }
}
