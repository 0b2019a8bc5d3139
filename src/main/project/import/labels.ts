import { UserError } from '@shared/errors';
import { readMember } from '@main/formats';
import { ANSWER_CODES } from '../journal/answerColumns';
import type { ArrayPart } from './plan';

const MOST_CLASSES = 1000;

/** Labels of one array of images: one class each, or answers to `questions` yes/no questions. */
export type PartLabels =
  | { readonly kind: 'class'; /** [n] */ readonly classes: Int32Array }
  | {
      readonly kind: 'answers';
      readonly questions: number;
      /** [n, questions], `ANSWER_CODES` */ readonly codes: Uint8Array;
    };

/**
 * Labels (n) or (n, 1) as whole numbers from 0; labels (n, k) as answers: 1 yes, 0 no, NaN or a negative number not assessed.
 * @throws UserError `file-damaged` where there are more or fewer than images, `file-unsupported` for other shapes and types,
 * `value-invalid` for what is no class number or no answer
 */
export async function readLabels(part: ArrayPart): Promise<PartLabels | null> {
  if (!part.labels) return null;
  const { file, member } = part.labels;
  const { name, shape } = member;
  const fail = (code: 'file-damaged' | 'file-unsupported' | 'value-invalid', reason: string): UserError =>
    new UserError(code, `"${name}" ${reason}`, { file: file.path });
  if (shape.length === 0 || shape.length > 2)
    throw fail('file-unsupported', `has the shape (${shape.join(', ')}); (n), (n, 1) or (n, k) is expected`);
  if (shape[0] !== part.count || shape[1] === 0)
    throw fail('file-damaged', `has ${shape[0]} labels for ${part.count} images`);
  if (member.dtype === 'float16' || member.dtype === 'bfloat16')
    throw fail('file-unsupported', `has labels of type ${member.dtype}`);
  const questions = shape[1] ?? 1;
  if (questions > MOST_CLASSES) throw fail('file-unsupported', `has ${questions} labels an image`);
  const { data } = await readMember(file, name);
  if (questions > 1) {
    const codes = Uint8Array.from(data as ArrayLike<number>, (_, at) => {
      const code = answerCode(Number(data[at]));
      if (code === null)
        throw fail(
          'value-invalid',
          `holds ${data[at]} for image ${Math.floor(at / questions)}; answers are 1 (yes), 0 (no), and NaN or -1 (not assessed)`,
        );
      return code;
    });
    return { kind: 'answers', questions, codes };
  }
  const classes = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!Number.isInteger(value))
      throw fail('value-invalid', `holds ${value} for image ${i}; labels are whole numbers`);
    if (value < 0 || value >= MOST_CLASSES)
      throw fail('value-invalid', `holds ${value} for image ${i}: the label is out of range`);
    classes[i] = value;
  }
  return { kind: 'class', classes };
}

/** Place in `ANSWER_CODES`; null for what is no answer. */
function answerCode(value: number): number | null {
  if (Number.isNaN(value) || value < 0) return ANSWER_CODES.indexOf('na');
  return value === 1 ? ANSWER_CODES.indexOf('yes') : value === 0 ? ANSWER_CODES.indexOf('no') : null;
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
