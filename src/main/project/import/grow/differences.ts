import type { LabelChanges, LabelDifference, LabelScheme, LabelValue, PatientDifference } from '@shared/domain';
import { answersOf, classOf } from '@shared/domain';
import { classNamed, mergedInto } from '@shared/scheme';
import type { GrowthGround } from './ground';

export interface Difference extends LabelDifference {
  readonly key: number;
  readonly value: NonNullable<LabelValue>;
  readonly reader: string | null;
}

/** Labels of known samples that the table says otherwise than the last one did. */
export function labelDifferences(ground: GrowthGround): Difference[] {
  const { material, match, project } = ground;
  const before = project.lastImported();
  const scheme = ground.scheme ?? project.scheme;
  const found: Difference[] = [];
  match.keys.forEach((key, i) => {
    const value = key < 0 ? null : ground.labelOf(i);
    if (value === null) return;
    const last = labelText(before.get(key) ?? null, scheme);
    const now = project.labels.label(key);
    const [from, to] = [labelText(now.value, scheme), labelText(value, scheme)!];
    if (to === last || to === from) return;
    found.push({
      key,
      value,
      reader: material.facts(i).reader,
      sample: project.index.id(key),
      from,
      to,
      byPerson: from !== last || (now.state !== 'labelled' && now.state !== 'unlabelled'),
      frozen: project.scorings.isFrozen(key),
    });
  });
  return found;
}

/** Those that a choice writes. */
export const written = (differences: readonly Difference[], changes: LabelChanges): Difference[] =>
  changes === 'none' ? [] : differences.filter((d) => !d.frozen && (changes === 'all' || !d.byPerson));

export const said = ({ sample, from, to, byPerson, frozen }: Difference): LabelDifference => ({
  sample,
  from,
  to,
  byPerson,
  frozen,
});

export interface OtherPatient extends PatientDifference {
  readonly key: number;
}

/**
 * Known samples of which the table names another patient than the project knows. Groups carry the splits, and one that changed unseen
 * would let a patient into two of them: they change when a person says so.
 */
export function patientDifferences({ material, match, project }: GrowthGround): OtherPatient[] {
  const { patients } = project.splitVersions.material();
  const found: OtherPatient[] = [];
  match.keys.forEach((key, i) => {
    const { patient } = material.facts(i);
    if (key < 0 || patient === null || project.patients.keyOf(patient) === patients[key]) return;
    const known = patients[key] ?? null;
    found.push({
      key,
      sample: project.index.id(key),
      from: known === null ? null : (project.patients.named(known) ?? known),
      to: patient,
    });
  });
  return found;
}

/** Those patients by key: the rows' own order, so that the last of several rows stands. */
export const patientsByKey = (patients: readonly OtherPatient[]): Map<number, string> =>
  new Map(patients.map(({ key, to }) => [key, to]));

export const saidPatient = ({ sample, from, to }: OtherPatient): PatientDifference => ({ sample, from, to });

/** A label in full names, as tables spell it; null without one. Classes that were merged read as what they became. */
function labelText(value: LabelValue, scheme: LabelScheme): string | null {
  const nameOf = (id: number): string => classNamed(scheme, mergedInto(scheme, id))?.name ?? String(id);
  const answers = answersOf(value);
  if (answers)
    return Object.entries(answers)
      .map(([id, answer]) => `${nameOf(Number(id))}: ${answer}`)
      .sort()
      .join(', ');
  const id = classOf(value);
  return id === null ? null : nameOf(id);
}
