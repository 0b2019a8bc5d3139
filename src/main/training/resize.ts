/** The cubic kernel with a = -0.5 (Keys 1981), which PyTorch and Pillow use when they antialias. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/** What one value of the new line reads from the old one. */
interface Taps {
  readonly start: number;
  readonly weights: Float64Array;
}

/** Of one pair of lengths after the other: slices of volumes are many and of one size. */
const known = new Map<string, Taps[]>();
const MOST_KNOWN = 64;

/**
 * Weights that resample a line of `from` values into `to`, as PyTorch's `interpolate(mode='bicubic', antialias=True)`: the
 * kernel widens when shrinking, is cut at the borders and sums to one.
 */
export function antialiasedTaps(from: number, to: number): Taps[] {
  const key = `${from} ${to}`;
  let taps = known.get(key);
  if (!taps) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, (taps = makeTaps(from, to)));
  }
  return taps;
}

function makeTaps(from: number, to: number): Taps[] {
  const scale = from / to;
  const widening = Math.max(scale, 1);
  const support = 2 * widening;
  return Array.from({ length: to }, (_, i) => {
    const centre = scale * (i + 0.5);
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const weights = Float64Array.from({ length: end - start }, (__, j) => cubic((start + j - centre + 0.5) / widening));
    const total = weights.reduce((a, b) => a + b, 0);
    return { start, weights: weights.map((w) => w / total) };
  });
}

/**
 * Resamples a plane; columns first, then rows, values unclamped.
 * @param plane [height, width, channels], row-major @returns [toHeight, toWidth, channels]
 */
export function resizePlane(
  plane: Float32Array,
  height: number,
  width: number,
  channels: number,
  toHeight: number,
  toWidth: number,
): Float32Array {
  const across = antialiasedTaps(width, toWidth);
  const wide = new Float32Array(height * toWidth * channels); // [height, toWidth, channels]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < toWidth; x++) {
      const { start, weights } = across[x]!;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let j = 0; j < weights.length; j++) sum += weights[j]! * plane[(y * width + start + j) * channels + c]!;
        wide[(y * toWidth + x) * channels + c] = sum;
      }
    }
  const down = antialiasedTaps(height, toHeight);
  const row = toWidth * channels;
  const out = new Float32Array(toHeight * row); // [toHeight, toWidth, channels]
  for (let y = 0; y < toHeight; y++) {
    const { start, weights } = down[y]!;
    for (let i = 0; i < row; i++) {
      let sum = 0;
      for (let j = 0; j < weights.length; j++) sum += weights[j]! * wide[(start + j) * row + i]!;
      out[y * row + i] = sum;
    }
  }
  return out;
}
