/** Heights below an image: label, model's opinion, frame, and the gap to the next row, in CSS pixels. */
const TEXT = 36;
const FRAME = 2;
const GAP = 8;
const PADDING = 18;

export interface GridLayout {
  readonly columns: number;
  /** Side of an image. */
  readonly image: number;
  /** From the top of one row to the top of the next. */
  readonly rowHeight: number;
}

/** As many columns of about `size` as fit, stretched to fill the width. */
export function layout(width: number, size: number): GridLayout {
  const room = Math.max(size + FRAME, width - PADDING);
  const columns = Math.max(1, Math.floor((room + GAP) / (size + FRAME + GAP)));
  const image = Math.floor((room - (columns - 1) * GAP) / columns) - FRAME;
  return { columns, image, rowHeight: image + FRAME + TEXT + GAP + 1 };
}

/**
 * Which samples stand on the screen, and which to fetch beside them: two screens in the direction of scrolling, one behind.
 * @param direction 1 down, -1 up
 * @returns half-open ranges of places
 */
export function windowOf(
  top: number,
  height: number,
  grid: GridLayout,
  count: number,
  direction: 1 | -1,
): { from: number; to: number; ahead: [number, number] } {
  const clamp = (place: number): number => Math.min(count, Math.max(0, place));
  const first = Math.floor(top / grid.rowHeight);
  const rows = Math.ceil(height / grid.rowHeight) + 1;
  const [before, after] = direction === 1 ? [rows, 3 * rows] : [3 * rows, rows];
  return {
    from: clamp(first * grid.columns),
    to: clamp((first + rows) * grid.columns),
    ahead: [clamp((first - before) * grid.columns), clamp((first + rows + after) * grid.columns)],
  };
}
