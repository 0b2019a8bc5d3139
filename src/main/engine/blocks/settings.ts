import { UserError } from '@shared/errors';
import type { BlockConfig } from '@main/model';

type Raw = Readonly<Record<string, unknown>>;

/** Reads a model's own description (`config.json`, `params.json`, GGUF metadata) value by value; errors name the key. */
export class Settings {
  constructor(
    private readonly raw: Raw,
    readonly file: string,
    private readonly keyPrefix = '',
  ) {}

  has(key: string): boolean {
    const value = this.raw[this.keyPrefix + key];
    return value !== undefined && value !== null;
  }

  /** The first of several names that is there. */
  number(...keys: string[]): number | null {
    for (const key of keys) {
      if (!this.has(key)) continue;
      const value = Number(this.raw[this.keyPrefix + key]);
      if (!Number.isFinite(value)) throw this.bad(`${this.keyPrefix}${key} is no number`);
      return value;
    }
    return null;
  }

  /** A whole number above 0. @throws UserError where it is neither there nor given by `otherwise` */
  size(keys: string | string[], otherwise?: number | null): number {
    const names = typeof keys === 'string' ? [keys] : keys;
    const value = this.number(...names) ?? otherwise;
    if (value === undefined || value === null) throw this.bad(`it does not say ${this.keyPrefix}${names[0]}`);
    if (!Number.isSafeInteger(value) || value <= 0 || value > 1 << 24)
      throw this.bad(`${this.keyPrefix}${names[0]} is ${value}`);
    return value;
  }

  positive(keys: string | string[], otherwise: number): number {
    const names = typeof keys === 'string' ? [keys] : keys;
    const value = this.number(...names) ?? otherwise;
    if (!(value > 0)) throw this.bad(`${this.keyPrefix}${names[0]} is ${value}`);
    return value;
  }

  text(...keys: string[]): string | null {
    for (const key of keys) {
      const value = this.raw[this.keyPrefix + key];
      if (typeof value === 'string' && value !== '') return value;
    }
    return null;
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.raw[this.keyPrefix + key];
    return typeof value === 'boolean' ? value : otherwise;
  }

  list(key: string): readonly unknown[] | null {
    const value = this.raw[this.keyPrefix + key];
    return Array.isArray(value) ? (value as unknown[]) : null;
  }

  object(key: string): Raw | null {
    const value = this.raw[this.keyPrefix + key];
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : null;
  }

  bad(reason: string): UserError {
    return new UserError('file-damaged', `the description of the model is damaged: ${reason}`, { file: this.file });
  }
}

const ACTIVATIONS: Readonly<Record<string, BlockConfig['activation']>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_fast: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  gelu_python_tanh: 'gelu-tanh',
  quick_gelu: 'gelu-quick',
  relu: 'relu',
};

/** @throws UserError `file-unsupported` for an activation that is not known */
export function activationOf(name: string, file: string): BlockConfig['activation'] {
  const known = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (!known)
    throw new UserError('file-unsupported', `its activation ${JSON.stringify(name.slice(0, 40))} is not known`, {
      file,
    });
  return known;
}

interface Heads {
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly hidden: number;
}

/** @throws UserError where sizes contradict each other */
export function checkedHeads(sizes: Heads, file: string): Heads {
  const { heads, keyValueHeads, headSize } = sizes;
  if (![...Object.values(sizes)].every((n) => Number.isSafeInteger(n) && n > 0) || heads % keyValueHeads !== 0)
    throw new UserError(
      'file-damaged',
      `the description of the model is damaged: ${heads} heads of ${headSize} with ${keyValueHeads} key-value heads in a width of ${sizes.width}`,
      { file },
    );
  return sizes;
}
