const folded = (text: string): string => text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();

/** Equal but for blanks, case and leading zeros, also those after letters (`P007`, `p7`). */
const patientForm = (id: string): string => folded(id).replace(/^([^\d]*)0+(?=\d)/, '$1');

/** Ids that may be one patient's: lists of two and more, in order of appearance. */
export const alikePatients = (ids: Iterable<string>): string[][] => alike(ids, patientForm);

/** Spellings that may be one class. */
export const alikeLabels = (labels: Iterable<string>): string[][] => alike(labels, folded);

function alike(values: Iterable<string>, formOf: (value: string) => string): string[][] {
  const byForm = new Map<string, string[]>();
  for (const value of new Set(values)) {
    const form = formOf(value);
    const list = byForm.get(form);
    if (list) list.push(value);
    else byForm.set(form, [value]);
  }
  return [...byForm.values()].filter((list) => list.length > 1);
}
