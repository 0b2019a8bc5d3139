import { UserError } from '@shared/errors';
import { readMember } from '@main/formats';
import type { ArrayPart } from './plan';

const MOST_CLASSES = 1000;

/**
 * Labels of one array of images as whole numbers from 0.
 * @throws UserError `file-damaged` where there are more or fewer than images, `file-unsupported` for several labels an image, `value-invalid`
 * for what is no class number
 */
export async function readLabels(part: ArrayPart): Promise<Int32Array | null> {
  if (!part.labels) return null;
  const { file, member } = part.labels;
  const { name, shape } = member;
  const fail = (code: 'file-damaged' | 'file-unsupported' | 'value-invalid', reason: string): UserError =>
    new UserError(code, `"${name}" ${reason}`, { file: file.path });
  if (shape.length === 2 && shape[1]! > 1)
    throw fail('file-unsupported', `has ${shape[1]} labels an image; one label an image is read`);
  if (shape.length === 0 || shape.length > 2)
    throw fail('file-unsupported', `has the shape (${shape.join(', ')}); (n) or (n, 1) is expected`);
  if (shape[0] !== part.count || (shape.length === 2 && shape[1] !== 1))
    throw fail('file-damaged', `has ${shape[0]} labels for ${part.count} images`);
  if (member.dtype === 'float16' || member.dtype === 'bfloat16')
    throw fail('file-unsupported', `has labels of type ${member.dtype}`);
  const { data } = await readMember(file, name);
  const out = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!Number.isInteger(value))
      throw fail('value-invalid', `holds ${value} for image ${i}; labels are whole numbers`);
    if (value < 0 || value >= MOST_CLASSES)
      throw fail('value-invalid', `holds ${value} for image ${i}: the label is out of range`);
    out[i] = value;
  }
  return out;
}

/**
 * How many classes numbered labels stand for. Without official names a few empty classes are believed, a stray number is not.
 * @throws UserError `value-invalid` naming the first label that is out of range
 */
export function countClasses(
  classes: Int32Array,
  official: number | null,
  file: string,
  idOf: (index: number) => string,
): number {
  const counts = new Map<number, number>();
  for (const c of classes) if (c >= 0) counts.set(c, (counts.get(c) ?? 0) + 1);
  const largest = Math.max(-1, ...counts.keys());
  const believable = official ?? Math.max(2, Math.ceil(1.5 * counts.size));
  if (largest >= believable) {
    const index = classes.indexOf(largest);
    const range =
      official === null ? `the others leave a gap below it` : `this data set has the classes 0 to ${official - 1}`;
    throw new UserError('value-invalid', `the label ${largest} of ${idOf(index)} is out of range: ${range}`, { file });
  }
  return official ?? largest + 1;
}
