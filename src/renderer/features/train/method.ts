import type { Core, Mode } from '@shared/domain';

export const MODES: readonly Mode[] = ['outer', 'inner', 'hybrid', 'outer-nn', 'none', 'plain'];
export const CORES: readonly Core[] = ['block', 'random', 'mlp', 'linear', 'unfrozen'];

const APPLIED: Record<Core, string> = {
  block: 'L(M₁z)',
  random: 'R(M₁z)',
  mlp: 'GELU(M₁z)',
  linear: '0',
  unfrozen: 'L(M₁z)',
};

/** What the network computes behind the encoder, as docs/method.md writes it. */
export function equation(mode: Mode, core: Core): string {
  const f = APPLIED[core];
  const none = core === 'linear';
  switch (mode) {
    case 'plain':
      return 'y = z';
    case 'none':
      return `y = M₂·${f}`;
    case 'inner':
      return none ? 'y = M₂·M₁z' : `y = M₂·(${f} + M₁z)`;
    case 'outer':
      return `y = M₂·${f} + z`;
    case 'hybrid':
      return none ? 'y = M₂·M₁z + z' : `y = M₂·(${f} + M₁z) + z`;
    case 'outer-nn':
      return `y = M₂·${f} + LeakyReLU(W z)`;
  }
}

/** Pairs that teach M1 and M2 nothing, and are refused. */
export const isRefused = (mode: Mode, core: Core): boolean =>
  core === 'linear' && (mode === 'none' || mode === 'outer' || mode === 'outer-nn');
