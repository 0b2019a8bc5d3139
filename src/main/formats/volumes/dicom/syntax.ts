/** How the pixels of a transfer syntax are packed; `native`: not at all. */
export type Packing = 'native' | 'rle' | 'jpeg' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k' | 'jpeg-xl';

export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  readonly explicit: boolean;
  readonly bigEndian: boolean;
  readonly deflated: boolean;
  readonly packing: Packing;
  /** The packing itself loses nothing. An image may have lost before: `(0028,2110)` says so. */
  readonly lossless: boolean;
}

const BASE = '1.2.840.10008.1.2';
const syntax = (uid: string, name: string, packing: Packing, lossless = true, rest: Partial<TransferSyntax> = {}) => ({
  uid: BASE + uid,
  name,
  explicit: true,
  bigEndian: false,
  deflated: false,
  packing,
  lossless,
  ...rest,
});

export const IMPLICIT_LITTLE: TransferSyntax = syntax('', 'Implicit VR Little Endian', 'native', true, {
  explicit: false,
});
export const EXPLICIT_LITTLE: TransferSyntax = syntax('.1', 'Explicit VR Little Endian', 'native');

/** DICOM PS3.6, table A-1. Some JPEG syntaxes are retired, and stay in archives. */
const SYNTAXES: readonly TransferSyntax[] = [
  IMPLICIT_LITTLE,
  EXPLICIT_LITTLE,
  syntax('.1.98', 'Encapsulated Uncompressed Explicit VR Little Endian', 'native'),
  syntax('.1.99', 'Deflated Explicit VR Little Endian', 'native', true, { deflated: true }),
  syntax('.2', 'Explicit VR Big Endian', 'native', true, { bigEndian: true }),
  syntax('.5', 'RLE Lossless', 'rle'),
  syntax('.4.50', 'JPEG Baseline (Process 1)', 'jpeg', false),
  syntax('.4.51', 'JPEG Extended (Process 2 and 4)', 'jpeg', false),
  syntax('.4.53', 'JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)', 'jpeg', false),
  syntax('.4.55', 'JPEG Full Progression, Non-Hierarchical (Process 10 and 12)', 'jpeg', false),
  syntax('.4.57', 'JPEG Lossless, Non-Hierarchical (Process 14)', 'jpeg'),
  syntax('.4.70', 'JPEG Lossless, Non-Hierarchical, First-Order Prediction', 'jpeg'),
  syntax('.4.80', 'JPEG-LS Lossless', 'jpeg-ls'),
  syntax('.4.81', 'JPEG-LS Lossy (Near-Lossless)', 'jpeg-ls', false),
  syntax('.4.90', 'JPEG 2000 (Lossless Only)', 'jpeg-2000'),
  syntax('.4.91', 'JPEG 2000', 'jpeg-2000', false),
  syntax('.4.201', 'High-Throughput JPEG 2000 (Lossless Only)', 'htj2k'),
  syntax('.4.202', 'High-Throughput JPEG 2000 with RPCL Options (Lossless Only)', 'htj2k'),
  syntax('.4.203', 'High-Throughput JPEG 2000', 'htj2k', false),
];

const BY_UID = new Map(SYNTAXES.map((s) => [s.uid, s]));

export const transferSyntax = (uid: string): TransferSyntax | undefined => BY_UID.get(uid);
