import { answerFrom } from '@shared/answerWords';
import type { Answer, PartialTableMap, TableRole } from '@shared/domain';

/** Roles of columns, in the order of the screen. */
export const ROLES: readonly TableRole[] = ['path', 'label', 'patient', 'split', 'reader'];
/** Encodings that a person may choose from, as text decoders name them. */
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'windows-1252'] as const;
export const DELIMITERS = [',', ';', '\t', '|'] as const;

/** The map with another column in a role; a column has one role. Columns to filter by are proposed anew. */
export function withRole(map: PartialTableMap, role: TableRole, column: string | null): PartialTableMap {
  const { metadata: _, path, label, patient, split, reader, answers, ...rest } = map;
  const now = { path, label, patient, split, reader };
  const kept = ROLES.flatMap((other) =>
    other === role || now[other] === undefined || (column !== null && now[other] === column)
      ? []
      : [[other, now[other]]],
  );
  // A picture has to have a column; every other role may be missing from the table.
  const chosen = column === null && role === 'path' ? [] : [[role, column]];
  const questions = (answers ?? []).filter((name) => name !== column);
  return {
    ...rest,
    ...(questions.length > 0 ? { answers: questions } : {}),
    ...(Object.fromEntries([...kept, ...chosen]) as PartialTableMap),
  };
}

/** The map with these columns as questions, in place of a column of labels; a column has one role. */
export function withAnswers(map: PartialTableMap, columns: readonly string[]): PartialTableMap {
  const free = columns.reduce((now, column) => {
    const role = ROLES.find((r) => now[r] === column);
    return role === undefined ? now : withRole(now, role, null);
  }, map);
  const { metadata: _, answers: __, ...rest } = free;
  return { ...rest, label: null, ...(columns.length > 0 ? { answers: [...columns] } : {}) };
}

/** The map with a column of labels again, which is looked for anew. */
export function withOneLabel(map: PartialTableMap): PartialTableMap {
  const { metadata: _, answers: __, label: ___, ...rest } = map;
  return rest;
}

/** Columns that are proposed as questions: those that hold nothing but answers and have no other role. */
export const proposedAnswers = (map: PartialTableMap, answerable: readonly string[]): string[] =>
  answerable.filter((name) => !ROLES.some((role) => role !== 'label' && map[role] === name));

/** A spelling means this class; blank: no label; its own words: itself. */
export function withLabel(map: PartialTableMap, spelling: string, name: string): PartialTableMap {
  const { [spelling]: _, ...others } = map.labels ?? {};
  const trimmed = name.trim();
  return { ...map, labels: trimmed === spelling.trim() ? others : { ...others, [spelling]: trimmed || null } };
}

/** What a spelling means now; blank for no label. */
export function labelFor(map: PartialTableMap, spelling: string): string {
  const said = map.labels?.[spelling] ?? map.labels?.[spelling.trim()];
  return said === undefined ? (map.labels && spelling in map.labels ? '' : spelling.trim()) : (said ?? '');
}

/** A spelling means this answer. */
export function withAnswerWord(map: PartialTableMap, spelling: string, answer: Answer): PartialTableMap {
  const { [spelling.trim()]: _, ...others } = map.labels ?? {};
  if (answerFrom(spelling) === answer) return { ...map, labels: others };
  return { ...map, labels: { ...others, [spelling.trim()]: answer === 'na' ? null : answer } };
}

/** The answer that a spelling means now; null where it means none yet. */
export function answerWordOf(map: PartialTableMap, spelling: string): Answer | null {
  const word = spelling.trim();
  return answerFrom(map.labels && Object.hasOwn(map.labels, word) ? (map.labels[word] ?? '') : word);
}

/** These ids are one patient, known by the first of them; or, again, several. */
export function withPatients(map: PartialTableMap, ids: readonly string[], same: boolean): PartialTableMap {
  const others = Object.entries(map.patients ?? {}).filter(([id]) => !ids.includes(id));
  const own = same ? ids.slice(1).map((id) => [id, ids[0]!] as const) : [];
  return { ...map, patients: Object.fromEntries([...others, ...own]) };
}

export const areOne = (map: PartialTableMap, ids: readonly string[]): boolean =>
  ids.slice(1).every((id) => map.patients?.[id] === ids[0]);
