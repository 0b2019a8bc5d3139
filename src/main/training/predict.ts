import { ANYWHERE } from '@shared/domain';
import type { Head, InputRecipe, Where } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Frame, PixelArray, PixelType } from '@shared/pixels';
import { decodeImage, readArray } from '@main/formats';
import { contentHash, contentPrefix } from '@main/project/import';
import { openPredictor } from './predictor';
import { studyFrames } from './studyFiles';

export interface FilePrediction {
  /** The file; of an array `FILE#index`. */
  readonly file: string;
  /** As of a sample: pixels that the model learnt from are told by it. */
  readonly contentHash: string;
  /** [C] in the order of the classes. */
  readonly probabilities: Float32Array;
}

/**
 * Predictions of a run's head for images, or `.npy` arrays of them, outside of the project.
 * @param on another engine or device than the run's own; `auto`: those of the run
 * @throws UserError that names a file which cannot be read
 */
export async function predictFiles(
  folder: string,
  head: Head,
  files: readonly string[],
  on: Where = ANYWHERE,
): Promise<FilePrediction[]> {
  const predictor = await openPredictor(folder, head, on);
  try {
    const frames = await framesOf(files, predictor.input);
    const probabilities = await predictor.predict(frames.map(({ frame }) => frame));
    const { classes } = predictor;
    return frames.map(({ file, contentHash: content }, i) => ({
      file,
      contentHash: content,
      probabilities: probabilities.slice(i * classes, (i + 1) * classes),
    }));
  } finally {
    await predictor.dispose();
  }
}

/** Identity of a frame's pixels, as the import takes it. */
export function contentOf({ width, height, depth, channels, type, data }: Frame): string {
  const prefix = contentPrefix({ width, height, depth, channels: channels === 3 ? 3 : 1 }, type);
  return contentHash(prefix, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).toString('hex');
}

const TYPES: Record<string, PixelType> = { uint8: 'uint8', uint16: 'uint16', int16: 'int16', float32: 'float32' };

/** A picture or a volume of a file. */
interface FileFrame {
  readonly file: string;
  readonly frame: Frame;
  readonly contentHash: string;
}

/** Every image of some files as a run sees it; of a run on studies every volume in files and folders, whole. */
export async function framesOf(
  files: readonly string[],
  { axes, volume, fullScale }: Pick<InputRecipe, 'axes' | 'volume' | 'fullScale'>,
): Promise<FileFrame[]> {
  if (volume) return studyFrames(files, volume, fullScale);
  const frames = await storedFrames(files, axes === 'three-axes');
  return frames.map(({ file, frame }) => ({ file, frame, contentHash: contentOf(frame) }));
}

/** An array is [n, h, w(, 3)], or [n, d, h, w] where volumes are asked for. */
async function storedFrames(files: readonly string[], volumes: boolean): Promise<Omit<FileFrame, 'contentHash'>[]> {
  const out: Omit<FileFrame, 'contentHash'>[] = [];
  for (const file of files) {
    if (!/\.np[yz]$/i.test(file)) {
      if (volumes)
        throw new UserError('file-unsupported', 'this run predicts volumes: give an array of them', { file });
      out.push({ file, frame: { key: 0, depth: 1, ...(await decodeImage(file)) } });
      continue;
    }
    const { dtype, shape, data } = await readArray(file, /z$/i.test(file) ? 'images' : undefined);
    const type = TYPES[dtype];
    if (!type) throw new UserError('file-unsupported', `pixels of type ${dtype} are not supported`, { file });
    const channels = !volumes && shape.length === 4 ? 3 : 1;
    if (volumes ? shape.length !== 4 : shape.length !== 3 && shape[3] !== 3)
      throw new UserError('file-unsupported', `an array of shape [${shape.join(', ')}] holds no images`, { file });
    const [depth, height, width] = volumes ? shape.slice(1) : [1, shape[1], shape[2]];
    const size = depth! * height! * width! * channels;
    for (let i = 0; i < shape[0]!; i++)
      out.push({
        file: `${file}#${i}`,
        frame: {
          key: i,
          width: width!,
          height: height!,
          depth: depth!,
          channels,
          type,
          low: 0,
          high: 0,
          data: data.slice(i * size, (i + 1) * size) as PixelArray,
        },
      });
  }
  return out;
}
