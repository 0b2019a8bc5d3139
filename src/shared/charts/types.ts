/** Colours and motion of a chart. */
export interface ChartTheme {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly raised: string;
  readonly accent: string;
  readonly warn: string;
  readonly font: string;
  /** False where the person asked their system for less motion. */
  readonly motion: boolean;
}

/** In pixels. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
}
