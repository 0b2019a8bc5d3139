import type { Split } from '@shared/domain';

const SPLIT_NAMES: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  训练: 'train',
  训练集: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  验证: 'val',
  验证集: 'val',
  test: 'test',
  testing: 'test',
  测试: 'test',
  测试集: 'test',
};

/** The split that a folder or a cell of a table names. */
export const splitNamed = (name: string): Split | undefined => {
  const key = name.toLowerCase();
  return Object.hasOwn(SPLIT_NAMES, key) ? SPLIT_NAMES[key] : undefined;
};
