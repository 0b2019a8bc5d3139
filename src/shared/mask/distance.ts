/** A flat shape: true inside, rows of `xs.length` values one after the other. */
export interface Shape {
  /** Places of columns and rows, millimetres, ascending. */
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  readonly inside: Uint8Array;
}

const FAR = 1e20;

/**
 * Distance of every pixel to the shape's border, millimetres, positive inside: to the nearest pixel of the other side, exact
 * (Felzenszwalb and Huttenlocher 2012, "Distance transforms of sampled functions", for uneven samples).
 */
export function signedDistance({ xs, ys, inside }: Shape): Float64Array {
  const out = squared(xs, ys, (at) => inside[at] === 1);
  const within = squared(xs, ys, (at) => inside[at] !== 1);
  return out.map((d, at) => Math.sqrt(within[at]!) - Math.sqrt(d));
}

/** Squared distance to the nearest pixel that is in. */
function squared(xs: Float64Array, ys: Float64Array, isIn: (at: number) => boolean): Float64Array {
  const [width, height] = [xs.length, ys.length];
  const values = Float64Array.from({ length: width * height }, (_, at) => (isIn(at) ? 0 : FAR));
  const column = new Float64Array(height);
  for (let x = 0; x < width; x += 1) {
    for (let y = 0; y < height; y += 1) column[y] = values[y * width + x]!;
    envelope(column, ys).forEach((d, y) => (values[y * width + x] = d));
  }
  for (let y = 0; y < height; y += 1) values.set(envelope(values.subarray(y * width, (y + 1) * width), xs), y * width);
  return values;
}

/** At each place the least of value + squared distance over all places: the lower envelope of parabolas. */
function envelope(values: Float64Array, places: Float64Array): Float64Array {
  const count = values.length;
  const roots = new Int32Array(count);
  const starts = new Float64Array(count + 1);
  const meets = (a: number, b: number): number =>
    (values[b]! + places[b]! ** 2 - values[a]! - places[a]! ** 2) / (2 * (places[b]! - places[a]!));
  let last = 0;
  [starts[0], starts[1]] = [-Infinity, Infinity];
  for (let q = 1; q < count; q += 1) {
    let at = meets(roots[last]!, q);
    while (at <= starts[last]!) {
      last -= 1;
      at = meets(roots[last]!, q);
    }
    last += 1;
    roots[last] = q;
    starts[last] = at;
    starts[last + 1] = Infinity;
  }
  const found = new Float64Array(count);
  for (let q = 0, run = 0; q < count; q += 1) {
    while (starts[run + 1]! < places[q]!) run += 1;
    const root = roots[run]!;
    found[q] = (places[q]! - places[root]!) ** 2 + values[root]!;
  }
  return found;
}
