import { patientKey } from './identity';
import { keepIdentity, type Store } from './opening';

/** Another patient of a known sample, both as keyed hashes; null: none known. */
export interface PatientChange {
  readonly key: number;
  readonly from: string | null;
  readonly to: string | null;
}

/** What stands for patients in this project, and the names behind it. */
export class Patients {
  constructor(private readonly store: Store) {}

  /** Keyed hash of a patient as its source names it. */
  keyOf(patient: string): string {
    return patientKey(this.store.identity.secret, patient);
  }

  /** Key of the hashes of this project, for what is to be called by one. It goes into no other file than the identity file. */
  get secret(): string {
    return this.store.identity.secret;
  }

  /** The patient that a keyed hash stands for; null where that is not known here. */
  named(key: string): string | null {
    return this.store.identity.patients[key] ?? null;
  }

  /** Keeps names, ahead of their hashes: a hash whose name is nowhere would be lost, a name too many says nothing. */
  learn(patients: Iterable<string>): void {
    const { identity } = this.store;
    const named = Object.fromEntries([...patients].map((patient) => [this.keyOf(patient), patient]));
    keepIdentity(this.store, { ...identity, patients: { ...identity.patients, ...named } });
  }
}
