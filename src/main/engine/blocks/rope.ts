import { UserError } from '@shared/errors';
import type { Rotary } from '@main/model';
import { plainRotary } from './layout';

/** A scaled rotary embedding as Hugging Face's `rope_parameters` (before 5.0 `rope_scaling`) describe it. */
export type RopeSettings = Readonly<Record<string, unknown>>;

interface RopeOf {
  readonly theta: number;
  /** Numbers of a head that are turned. */
  readonly turned: number;
  /** Longest sequence that the model was made for; where its scaling depends on length, shorter ones are read. */
  readonly maxPositions: number | null;
  readonly originalPositions: number | null;
  readonly file: string;
}

/**
 * The frequencies of a scaled rotary embedding (Hugging Face's `modeling_rope_utils`) for sequences within the model's original length.
 * @throws UserError `file-unsupported` for a kind of scaling that is not known
 */
export function scaledRotary(settings: RopeSettings, o: RopeOf): Rotary {
  const plain = plainRotary(o.theta, o.turned);
  const number = (key: string): number | null => {
    const value = settings[key];
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  };
  const need = (key: string): number => {
    const value = number(key);
    if (value === null)
      throw new UserError('file-damaged', `its rotary embedding does not say ${key}`, { file: o.file });
    return value;
  };
  const kind = String(settings.rope_type ?? settings.type ?? 'default');
  switch (kind) {
    case 'default':
    case 'none':
    // Stretches the base only for sequences beyond the model's length.
    case 'dynamic':
      return plain;
    case 'linear': {
      const factor = need('factor');
      return { frequencies: plain.frequencies.map((f) => f / factor), magnitude: 1 };
    }
    case 'llama3':
      return llama3(plain, {
        factor: need('factor'),
        low: need('low_freq_factor'),
        high: need('high_freq_factor'),
        original: number('original_max_position_embeddings') ?? o.originalPositions ?? 8192,
      });
    case 'su':
    case 'longrope':
      return longrope(plain, settings, o, number);
    case 'yarn':
      return yarn(settings, o, need('factor'), number);
    default:
      throw new UserError(
        'file-unsupported',
        `its rotary embedding is scaled by "${kind.slice(0, 40)}", which is not known`,
        {
          file: o.file,
        },
      );
  }
}

/** LLaMA 3.1: long waves are stretched, short ones stay, between them it blends. */
export function llama3(
  plain: Rotary,
  { factor, low, high, original }: { factor: number; low: number; high: number; original: number },
): Rotary {
  const frequencies = plain.frequencies.map((f) => {
    const length = (2 * Math.PI) / f;
    if (length < original / high) return f;
    if (length > original / low) return f / factor;
    const smooth = (original / length - low) / (high - low);
    return ((1 - smooth) * f) / factor + smooth * f;
  });
  return { frequencies, magnitude: 1 };
}

function longrope(plain: Rotary, settings: RopeSettings, o: RopeOf, number: (key: string) => number | null): Rotary {
  const factors = settings.short_factor;
  if (!Array.isArray(factors) || factors.length !== plain.frequencies.length || !factors.every((f) => Number(f) > 0))
    throw new UserError('file-damaged', 'the factors of its rotary embedding do not fit its heads', { file: o.file });
  const original = number('original_max_position_embeddings') ?? o.originalPositions ?? o.maxPositions ?? 1;
  const factor = number('factor') ?? (o.maxPositions ?? original) / original;
  const magnitude =
    number('attention_factor') ?? (factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original)));
  return { frequencies: plain.frequencies.map((f, i) => f / Number(factors[i])), magnitude };
}

/** YaRN (Peng et al. 2023). */
function yarn(settings: RopeSettings, o: RopeOf, factor: number, number: (key: string) => number | null): Rotary {
  const { theta, turned } = o;
  const original = number('original_max_position_embeddings') ?? o.originalPositions ?? o.maxPositions ?? 2048;
  const mscale = (scale: number, by = 1): number => (scale <= 1 ? 1 : 0.1 * by * Math.log(scale) + 1);
  const [m, all] = [number('mscale'), number('mscale_all_dim')];
  const magnitude = number('attention_factor') ?? (m && all ? mscale(factor, m) / mscale(factor, all) : mscale(factor));
  const bound = (rotations: number): number =>
    (turned * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const exact = settings.truncate === false;
  const [fast, slow] = [bound(number('beta_fast') || 32), bound(number('beta_slow') || 1)];
  const low = Math.max(exact ? fast : Math.floor(fast), 0);
  const high = Math.min(exact ? slow : Math.ceil(slow), turned - 1);
  const frequencies = plainRotary(theta, turned).frequencies.map((f, i) => {
    const ramp = Math.min(1, Math.max(0, (i - low) / (high === low ? 0.001 : high - low)));
    return (f / factor) * ramp + f * (1 - ramp);
  });
  return { frequencies, magnitude };
}
