/** The libtensorflow that the engine is built and tested with. */
export const VERSION = '2.18.1';

export interface Pin {
  /** Name on PyPI. */
  readonly project: 'tensorflow-cpu' | 'tensorflow';
  readonly file: string;
  readonly sha256: string;
  /** Of the file, for progress before it is there. */
  readonly bytes: number;
  /** Its libraries were built with CUDA 12. */
  readonly cuda: boolean;
}

const LINUX = 'manylinux_2_17_x86_64.manylinux2014_x86_64.whl';
const CPU_BYTES = 230_236_181;
const CUDA_BYTES = 615_300_000;
const pin = (project: Pin['project'], python: string, sha256: string): Pin => ({
  project,
  file: `${project.replace('-', '_')}-${VERSION}-${python}-${python}-${LINUX}`,
  sha256,
  bytes: project === 'tensorflow' ? CUDA_BYTES : CPU_BYTES,
  cuda: project === 'tensorflow',
});

/** Every wheel that is known by its hash; the first of a project is the one that is downloaded. */
export const PINS: readonly Pin[] = [
  pin('tensorflow-cpu', 'cp311', '810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298'),
  pin('tensorflow-cpu', 'cp39', 'efdfcd4be9fca0f8521cbfc241fdbf8327b73d854c5e274d17d6a77ca44eeaca'),
  pin('tensorflow-cpu', 'cp310', '357506565b05154b4b1fa5f94cd2b34c74d8a6ed64091385a71c990626321164'),
  pin('tensorflow-cpu', 'cp312', '8e0f27dbd92c6d380ae0ccfe73c7343f65c127b0aa98467c30c2e71eda7c76a4'),
  pin('tensorflow', 'cp311', 'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828'),
  pin('tensorflow', 'cp39', '4ecbb9b3cd3f223ff6861faa1a4c2719c138d870dba90545826685b1c5ba5901'),
  pin('tensorflow', 'cp310', '1f929842999d60e7da67743ae5204b477259f3b771c02e5e437d232267e49f18'),
  pin('tensorflow', 'cp312', '442d2a774811789a8ad948e7286cb950fe3d87d3754e8cc6449d53b03dbfdaa6'),
];

/** What is downloaded. */
export const pinFor = (cuda: boolean): Pin => PINS.find((known) => known.cuda === cuda)!;
/** What pip is asked for: one wheel, whatever Python runs it. */
export const PIP_TARGET = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'] as const;
export const PIP_PLATFORM = 'manylinux_2_17_x86_64';
