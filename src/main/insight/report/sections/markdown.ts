import type { Estimate } from '@shared/domain';
import type { Words } from '../en';

type Cell = string | number;
/** What people typed is text, never markup. */
export const plain = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\|<>*]|\](?=\()/g, (c) => `\\${c}`);
const cell = (value: Cell): string => (typeof value === 'number' ? String(value) : plain(value));
const row = (cells: readonly Cell[]): string => `| ${cells.map(cell).join(' | ')} |`;
/** A table of Markdown, numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const right = headings.map((_, c) => rows.length > 0 && rows.every((r) => typeof r[c] === 'number' || r[c] === ''));
  return [row(headings), row(right.map((r) => (r ? '--:' : '---'))), ...rows.map(row)].join('\n');
}
export const sum = (rows: readonly { readonly samples: number }[]): number =>
  rows.reduce((all, r) => all + r.samples, 0);
export const figure = (value: number): string => value.toFixed(3);

/** `0.893 [0.861, 0.921]`. */
export function estimate(e: Estimate, words: Words): string {
  if (e.value === null) return words.notDefined;
  return e.low === null || e.high === null
    ? figure(e.value)
    : `${figure(e.value)} [${figure(e.low)}, ${figure(e.high)}]`;
}
