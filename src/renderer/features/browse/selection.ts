/** Keys of a grid that move the selection. */
export type Move = 'left' | 'right' | 'up' | 'down' | 'home' | 'end' | 'pageUp' | 'pageDown';

/** Where a move leads. @param columns of the grid, @param pageRows rows that fit on the screen */
export function moved(from: number, move: Move, count: number, columns: number, pageRows: number): number {
  const steps: Record<Move, number> = {
    left: from - 1,
    right: from + 1,
    up: from - columns,
    down: from + columns,
    home: 0,
    end: count - 1,
    pageUp: from - columns * pageRows,
    pageDown: from + columns * pageRows,
  };
  const to = steps[move];
  // A step over the edge by whole rows stays in its column; `down` into a last, shorter row goes to its end.
  if (move === 'up' && to < 0) return from;
  if (move === 'down' && to >= count) {
    const lastRow = Math.floor((count - 1) / columns);
    return Math.floor(from / columns) < lastRow ? count - 1 : from;
  }
  return Math.min(count - 1, Math.max(0, to));
}

/** What is selected of an order of samples, as a file manager keeps it. Immutable: every step gives a new one. */
export interface Selection {
  /** The sample with the focus frame. */
  readonly active: number | null;
  /** Where a range began. */
  readonly anchor: number | null;
  readonly keys: ReadonlySet<number>;
}
export const NOTHING: Selection = { active: null, anchor: null, keys: new Set() };

export const only = (key: number): Selection => ({ active: key, anchor: key, keys: new Set([key]) });

/** Ctrl+click: in or out, the rest stays; the last one can't be taken out. */
export function toggled(selection: Selection, key: number): Selection {
  const keys = new Set(selection.keys);
  if (keys.has(key) && keys.size > 1) keys.delete(key);
  else keys.add(key);
  const active = keys.has(key) ? key : [...keys].at(-1)!;
  return { active, anchor: key, keys };
}

/** Shift+click or Shift+arrow: from the anchor to `key`. @param order all samples, @param indexOf places in it */
export function rangeTo(
  selection: Selection,
  key: number,
  order: readonly number[],
  indexOf: (key: number) => number,
): Selection {
  const anchor = selection.anchor ?? selection.active ?? key;
  const [a, b] = [indexOf(anchor), indexOf(key)];
  if (a < 0 || b < 0) return only(key);
  return { active: key, anchor, keys: new Set(order.slice(Math.min(a, b), Math.max(a, b) + 1)) };
}

export const all = (selection: Selection, order: readonly number[]): Selection => ({
  active: selection.active ?? order[0] ?? null,
  anchor: selection.anchor,
  keys: new Set(order),
});
