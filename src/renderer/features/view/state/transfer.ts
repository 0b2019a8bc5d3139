import type { Transfer } from '@renderer/vtk';
import type { WidthLevel } from './grey';

const BONE = [
  [-200, 0.55, 0.25, 0.2],
  [150, 0.85, 0.65, 0.5],
  [400, 0.95, 0.92, 0.84],
  [1500, 1, 1, 1],
] as const;
const SKIN = [
  [-300, 0.85, 0.62, 0.5],
  [40, 0.9, 0.72, 0.62],
  [300, 1, 0.95, 0.88],
] as const;

/** How a volume is seen as a whole: in HU by the tissue, else by the range of its values. */
export const HU_TRANSFERS = ['bone', 'softTissue', 'lung', 'angio'] as const;
export const PLAIN_TRANSFERS = ['surface', 'soft', 'projection'] as const;
export type TransferName = (typeof HU_TRANSFERS)[number] | (typeof PLAIN_TRANSFERS)[number];

type Opacity = Transfer['opacity'];
const made = (opacity: Opacity, colour: Transfer['colour'], projection = false): Transfer => ({
  opacity,
  colour,
  shaded: !projection,
  projection,
});

/** @param window the automatic window, which the presets that know no HU go by; @param shift moves the whole curve, in shares of its width */
export function transferOf(name: TransferName, window: WidthLevel, shift = 0): Transfer {
  const from = window.level - window.width / 2;
  const at = (share: number): number => from + (share + shift) * window.width;
  const hu = (value: number): number => value + shift * 1000;
  const grey = [
    [at(0), 0, 0, 0],
    [at(1), 1, 1, 1],
  ] as const;
  const pale = [
    [at(0), 0.35, 0.3, 0.28],
    [at(0.5), 0.82, 0.76, 0.72],
    [at(1), 1, 0.98, 0.95],
  ] as const;
  switch (name) {
    case 'bone':
      return made(
        [
          [hu(-1024), 0],
          [hu(140), 0],
          [hu(400), 0.6],
          [hu(1500), 0.9],
        ],
        BONE,
      );
    case 'softTissue':
      return made(
        [
          [hu(-1024), 0],
          [hu(-160), 0],
          [hu(-60), 0.35],
          [hu(300), 0.8],
        ],
        SKIN,
      );
    case 'lung':
      return made(
        [
          [hu(-1024), 0],
          [hu(-980), 0],
          [hu(-860), 0.12],
          [hu(-600), 0.12],
          [hu(-450), 0],
          [hu(3000), 0],
        ],
        [
          [-1000, 0.35, 0.5, 0.75],
          [-600, 0.9, 0.75, 0.7],
        ],
      );
    case 'angio':
      return made(
        [
          [hu(-1024), 0],
          [hu(130), 0],
          [hu(220), 0.45],
          [hu(600), 0.85],
        ],
        [
          [100, 0.5, 0.05, 0.03],
          [300, 0.95, 0.5, 0.35],
          [700, 1, 0.97, 0.9],
        ],
      );
    case 'surface':
      return made(
        [
          [at(0), 0],
          [at(0.18), 0],
          [at(0.3), 0.55],
          [at(1), 0.9],
        ],
        pale,
      );
    case 'soft':
      return made(
        [
          [at(0), 0],
          [at(0.1), 0],
          [at(0.5), 0.12],
          [at(1), 0.5],
        ],
        pale,
      );
    case 'projection':
      return made(
        [
          [at(0), 0],
          [at(1), 1],
        ],
        grey,
        true,
      );
  }
}
