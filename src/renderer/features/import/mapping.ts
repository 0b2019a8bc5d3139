import type { PartialTableMap, TableRole } from '@shared/domain';

/** Roles of columns, in the order of the screen. */
export const ROLES: readonly TableRole[] = ['path', 'label', 'patient', 'split', 'reader'];
/** Encodings that a person may choose from, as text decoders name them. */
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'windows-1252'] as const;
export const DELIMITERS = [',', ';', '\t', '|'] as const;

/** The map with another column in a role; a column has one role. Columns to filter by are proposed anew. */
export function withRole(map: PartialTableMap, role: TableRole, column: string | null): PartialTableMap {
  const { metadata: _, path, label, patient, split, reader, ...rest } = map;
  const now = { path, label, patient, split, reader };
  const kept = ROLES.flatMap((other) =>
    other === role || now[other] === undefined || (column !== null && now[other] === column)
      ? []
      : [[other, now[other]]],
  );
  // A picture has to have a column; every other role may be missing from the table.
  const chosen = column === null && role === 'path' ? [] : [[role, column]];
  return { ...rest, ...(Object.fromEntries([...kept, ...chosen]) as PartialTableMap) };
}

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

/** These ids are one patient, known by the first of them; or, again, several. */
export function withPatients(map: PartialTableMap, ids: readonly string[], same: boolean): PartialTableMap {
  const others = Object.entries(map.patients ?? {}).filter(([id]) => !ids.includes(id));
  const own = same ? ids.slice(1).map((id) => [id, ids[0]!] as const) : [];
  return { ...map, patients: Object.fromEntries([...others, ...own]) };
}

export const areOne = (map: PartialTableMap, ids: readonly string[]): boolean =>
  ids.slice(1).every((id) => map.patients?.[id] === ids[0]);
