import type { PartialTableMap, TableMap, TableRole } from '@shared/domain';

const ROLES: readonly TableRole[] = ['path', 'label', 'patient', 'split', 'reader'];

/** Names under which columns often go, by role; only ever a proposal to a person. */
const OTHER_NAMES: Readonly<Record<TableRole, RegExp>> = {
  path: /^(file|filename|filepath|image|imagename|imagepath|imagefile|imageid|img|picture|scan|dcm|dicom|路径|文件|文件名|文件路径|图像|图片|影像)$/,
  label: /^(class|classname|diagnosis|dx|finding|target|category|groundtruth|gt|y|标签|类别|诊断|结果|分类)$/,
  patient:
    /^(patientid|patientno|patientnumber|pid|pat|patid|subject|subjectid|case|caseid|mrn|患者|患者编号|患者id|病人|病人编号|病历号|住院号)$/,
  split: /^(set|subset|fold|partition|dataset|usage|划分|数据集|集合)$/,
  reader:
    /^(readername|annotator|rater|radiologist|observer|labeler|labeller|doctor|physician|阅片者|标注者|医生|医师)$/,
};

/** Columns whose names speak of a person: they are taken only when somebody says so. */
const IDENTITY =
  /(name|birth|dob|address|phone|mobile|email|mail|zip|postcode|ssn|insurance|accession|姓名|生日|出生|地址|电话|手机|身份证|邮编|医保)/i;

const plain = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_\-.#]+/g, '');

export interface ResolvedColumns {
  /** As far as it is known: given, named so, or guessed. */
  readonly map: PartialTableMap;
  /** Roles that nobody gave and no name says: a person looks at them, a command line does not take them. */
  readonly guessed: readonly TableRole[];
}

/**
 * Finds out which column is what: what is given stands; else the column that has the role's own name, whatever its case; else a guess.
 * A role that is found nowhere stays absent (path, label) or becomes null.
 */
export function resolveColumns(columns: readonly string[], given: PartialTableMap): ResolvedColumns {
  // Answers stand in place of a label.
  const map: PartialTableMap = { ...(given.answers ? { label: null } : {}), ...given };
  const guessed: TableRole[] = [];
  const taken = new Set<string>([...ROLES.flatMap((role) => given[role] ?? []), ...(given.answers ?? [])]);
  const free = (fits: (name: string) => boolean): string[] => columns.filter((name) => !taken.has(name) && fits(name));
  const take = (role: TableRole, found: readonly string[]): boolean => {
    if (found.length !== 1) return false;
    map[role] = found[0]!;
    taken.add(found[0]!);
    return true;
  };
  const open = ROLES.filter((role) => map[role] === undefined);
  const unnamed = open.filter(
    (role) =>
      !take(
        role,
        free((name) => name === role),
      ) &&
      !take(
        role,
        free((name) => plain(name) === role),
      ),
  );
  for (const role of unnamed)
    if (
      take(
        role,
        free((name) => OTHER_NAMES[role].test(plain(name))),
      )
    )
      guessed.push(role);
    else if (role !== 'path' && role !== 'label') map[role] = null;
  return { map, guessed };
}

/** Columns to filter by unless somebody chose: all without a role whose names do not speak of a person. */
export function metadataColumns(columns: readonly string[], map: PartialTableMap): string[] {
  const roles = new Set<string>([...ROLES.flatMap((role) => map[role] ?? []), ...(map.answers ?? [])]);
  return columns.filter((name) => !roles.has(name) && !IDENTITY.test(name));
}

/** What keeps a map from being used, in words that say what to put into it; null where nothing does. */
export function mapProblem(columns: readonly string[], { map, guessed }: ResolvedColumns): string | null {
  const has = `(it has ${columns.join(', ')})`;
  for (const role of ROLES) {
    const name = map[role];
    if (name !== undefined && name !== null && !columns.includes(name))
      return `the map says that "${role}" is the column "${name}", which the table does not have ${has}`;
  }
  const absent = [...(map.metadata ?? []), ...(map.answers ?? [])].find((name) => !columns.includes(name));
  if (absent !== undefined) return `the map names the column "${absent}", which the table does not have ${has}`;
  if (map.answers && map.label)
    return 'the map names a column of labels and columns of answers: a picture has one class or several answers, not both';
  const unsure = (['path', 'label'] as const).find((role) => map[role] === undefined || guessed.includes(role));
  if (unsure === undefined) return null;
  const path = map.path ?? columns[0];
  const advice = { path, label: map.label === undefined ? columns.findLast((name) => name !== path) : map.label };
  const none = unsure === 'label' ? ', or null where the table has no labels' : '';
  return `it has no column "${unsure}" ${has}: say in the map which one it is${none}, such as ${JSON.stringify(advice)}`;
}

/** A map without holes, once nothing is unsure. */
export function completeMap(columns: readonly string[], { map }: ResolvedColumns): TableMap {
  return {
    ...map,
    path: map.path!,
    label: map.label ?? null,
    patient: map.patient ?? null,
    split: map.split ?? null,
    reader: map.reader ?? null,
    metadata: map.metadata ?? metadataColumns(columns, map),
  };
}

/** A map with what an earlier table's map says of columns that are here too. How that file was written says nothing of this one. */
export function withStored(
  columns: readonly string[],
  given: PartialTableMap,
  stored: TableMap | undefined,
): PartialTableMap {
  if (!stored) return given;
  const { labels, patients } = stored;
  const roles = ROLES.flatMap((role) => {
    const name = stored[role];
    return name != null && columns.includes(name) ? [[role, name] as const] : [];
  });
  const metadata = stored.metadata?.filter((name) => columns.includes(name));
  const answers = given.label ? [] : (stored.answers ?? []).filter((name) => columns.includes(name));
  return {
    ...Object.fromEntries(roles),
    ...(answers.length > 0 ? { answers } : {}),
    ...(metadata?.length ? { metadata } : {}),
    ...given,
    labels: { ...labels, ...given.labels },
    patients: { ...patients, ...given.patients },
  };
}
