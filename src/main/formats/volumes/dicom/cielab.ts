/** Colours of segments: `#rrggbb` (sRGB) and DICOM's three words of CIELab (PS3.3, C.10.7.1.1), white D50, by Bradford's adaptation. */

const TO_XYZ = [
  [0.4360747, 0.3850649, 0.1430804],
  [0.2225045, 0.7168786, 0.0606169],
  [0.0139322, 0.0971045, 0.7141733],
] as const;
const FROM_XYZ = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.033454],
  [0.0719453, -0.2289914, 1.4052427],
] as const;
const WHITE = [0.96422, 1, 0.82521] as const;
type Triple = readonly [number, number, number];

const times = (m: readonly Triple[], [x, y, z]: Triple): Triple =>
  m.map(([a, b, c]) => a * x + b * y + c * z) as unknown as Triple;
const linear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const gamma = (c: number): number => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);
const curve = (t: number): number => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29);
const uncurved = (t: number): number => (t > 6 / 29 ? t ** 3 : 3 * (6 / 29) ** 2 * (t - 4 / 29));
const word = (share: number): number => Math.round(65535 * Math.min(1, Math.max(0, share)));

export function toCielab(colour: string): Triple {
  const rgb = [1, 3, 5].map((at) => linear(parseInt(colour.slice(at, at + 2), 16) / 255)) as unknown as Triple;
  const [x, y, z] = times(TO_XYZ, rgb).map((v, i) => curve(v / WHITE[i]!)) as unknown as Triple;
  return [word((116 * y - 16) / 100), word((500 * (x - y) + 128) / 255), word((200 * (y - z) + 128) / 255)];
}

export function fromCielab([l, a, b]: Triple): string {
  const y = ((l / 65535) * 100 + 16) / 116;
  const x = y + ((a / 65535) * 255 - 128) / 500;
  const z = y - ((b / 65535) * 255 - 128) / 200;
  const xyz = [x, y, z].map((t, i) => uncurved(t) * WHITE[i]!) as unknown as Triple;
  return `#${times(FROM_XYZ, xyz)
    .map((c) =>
      Math.round(255 * Math.min(1, Math.max(0, gamma(c))))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}
