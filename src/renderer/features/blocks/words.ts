import type { LibraryBlock } from '@shared/domain';

/** Name of a block in a list: the model's own, else its family's. */
export const nameOf = ({ name, family }: Pick<LibraryBlock, 'name' | 'family'>): string => name ?? family;

/** The last part of a path. */
export const fileName = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
