import { join, resolve } from 'node:path';
import type { DecisionRule, InputRecipe, VolumeRecipe } from '@shared/domain';
import type { GivenCopy, LabelScheme, LabelValue, OriginalState, ProjectInfo, SplitVersion } from '@shared/domain';
import { UserError } from '@shared/errors';
import { Backups } from './backups';
import { Boxes } from './boxes/book';
import type { BoxChange } from './boxes/steps';
import type { Db } from './db/sqlite';
import { Reserve } from './disk/reserve';
import { loadImported, takeIn } from './grow';
import { InputChoice } from './inputChoice';
import { regrouped } from './import/regroup';
import { census, type LabelCensus } from './journal/census';
import { loadScheme } from './journal/events';
import { LabelJournal } from './journal/journal';
import { LabelView } from './journal/labelView';
import { SampleIndex } from './lists/sampleIndex';
import { findFact, getFact, setFact, type Facts } from './meta';
import { loadMetadata } from './metadata';
import { closeStore, keepIdentity, openStore, pixelStore, type OpenOptions, type Store } from './opening';
import { MaskBook } from './masks';
import { Originals } from './originals';
import { PairBook } from './pairBook';
import { Patients } from './patients';
import type { PixelStore } from './pixels';
import { ReaderPlaces } from './places';
import { validationUnreliable } from './reliable';
import { RereadRounds } from './rereadRounds';
import { RunBook } from './runs';
import { SampleTable } from './samples';
import { TestScorings } from './scorings';
import { SplitVersions } from './splitVersions';
import { strataOf } from './strata';
import { TextReviews } from './textReviews';
import { SPLIT_CODES, STATE_CODES } from './types';
import type { NewSplitVersion, PredictorChoice, Predictions, ProjectGrowth, ProjectSource } from './types';
import { Upkeep } from './upkeep';
import { ProjectVolumes, type VolumeReading } from './volumes';

/**
 * An open project: the parts that it is made of, and what they tell each other. One process writes it at a time; every change is on the
 * disk when its method returns.
 */
export class Project {
  readonly dir: string;
  readonly id: string;
  readonly input: InputRecipe;
  readonly flips: boolean;
  /** Lists, filters and columns over all samples. */
  readonly index: SampleIndex;
  /** Labels and classes, and every step that can be undone. */
  readonly labels: LabelJournal;
  readonly pixels: PixelStore;
  readonly originals: Originals;
  /** Volumes of studies. */
  readonly volumes: ProjectVolumes;
  /** Masks over volumes. */
  readonly masks: MaskBook;
  readonly patients: Patients;
  /** Versions of the splits, and all that a next one is drawn from. */
  readonly splitVersions: SplitVersions;
  /** Pairs of equal and nearly equal samples. */
  readonly duplicates: PairBook;
  /** Boxes in volumes that are samples. */
  readonly boxes: Boxes;
  readonly inputChoice: InputChoice;
  readonly textReviews: TextReviews;
  /** Looks at the test split, and the labels that they froze. */
  readonly scorings: TestScorings;
  /** Rounds of blind re-reading of the test split. */
  readonly rereads: RereadRounds;
  readonly runs: RunBook;
  /** Where readers were. */
  readonly places: ReaderPlaces;
  readonly backups: Backups;
  private readonly db: Db;
  private readonly samples: SampleTable;
  private readonly facts: Pick<Facts, 'name' | 'reader' | 'rule' | 'predictor'>;
  private readonly upkeep: Upkeep | null;
  private closing: Promise<void> | undefined;
  /** Told when the day's copy of the database could not be made, and again when it could. */
  onBackup: ((problem: UserError | null) => void) | null = null;
  /** A second import was taken in: the project has to be opened anew. */
  private outgrown = false;

  private constructor(
    private readonly store: Store,
    reading: VolumeReading | undefined,
  ) {
    const { db, dir, lock, identity, device } = store;
    this.db = db;
    this.dir = dir;
    this.id = getFact(db, 'id');
    this.input = getFact(db, 'input');
    this.flips = getFact(db, 'flips');
    this.facts = {
      name: getFact(db, 'name'),
      reader: getFact(db, 'reader'),
      rule: getFact(db, 'rule'),
      predictor: getFact(db, 'predictor'),
    };
    const reader = (): string | null => this.facts.reader;
    const labels = (): LabelJournal => this.labels;
    const requireWritable = (): void => this.requireWritable();
    const samples = SampleTable.load(db);
    const splits = new SplitVersions(db, {
      scorings: () => this.scorings.all(),
      strata: () => strataOf(this.index, this.scheme.kind),
    });
    this.samples = samples;
    this.splitVersions = splits;
    this.patients = new Patients(store);
    this.runs = new RunBook(db, requireWritable);
    this.places = new ReaderPlaces(db, requireWritable);
    this.duplicates = new PairBook({ db, samples, splits, labels, requireWritable });
    this.scorings = new TestScorings({
      db,
      splits,
      labels,
      reader,
      requireWritable,
      logged: () => this.index.setPredictions(this.index.predictions),
    });
    const view = LabelView.load(db, samples.size, loadScheme(db));
    this.originals = new Originals(dir, identity.sources);
    this.volumes = ProjectVolumes.load(db, this.originals, () => this.store.identity.volumes, reading);
    this.boxes = new Boxes({
      db,
      samples,
      volumes: this.volumes,
      input: this.input,
      splits: () => splits.table,
      strata: () => strataOf(this.index, this.scheme.kind),
      isFrozen: (key) => this.scorings.isFrozen(key),
      testScored: () => this.scorings.count().times > 0,
      change: (changes, options) => this.labels.changeBoxes(changes, options),
      changed: (changes, added) => this.boxesChanged(view, changes, added),
    });
    for (const key of this.boxes.table.gone()) view.setGone(key, true);
    this.labels = new LabelJournal({
      db,
      samples,
      view,
      device,
      readOnly: () => this.readOnly,
      reader,
      isFrozen: (key) => this.scorings.isFrozen(key),
      withheld: () => this.rereads.openKeys(),
      inOrder: () => this.index.list({ filter: {}, sort: 'id' }),
      splitOf: (key) => SPLIT_CODES[splits.table.splits[key]!]!,
      groupOf: (key) => splits.table.groups[key]!,
      changed: (keys) => {
        this.index.labelsChanged(keys);
        this.upkeep?.changed();
      },
      schemeChanged: (scheme) => this.index.setScheme(scheme),
      splits: {
        regrouped: (changes, like) => regrouped(this, changes, like),
        insert: (next) => splits.insert(next),
        changed: () => this.splitsChanged(),
        scored: () => this.scorings.count().times > 0,
      },
      boxes: this.boxes,
    });
    this.index = new SampleIndex(
      samples,
      view,
      splits.table,
      this.facts.rule,
      this.labels.scheme,
      (run) => run !== null && this.scorings.count(run).times > 0,
      loadMetadata(db, samples.size),
    );
    this.rereads = new RereadRounds({
      db,
      labels: this.labels,
      reader,
      requireWritable,
      samples: () => this.scorings.frozen().filter((key) => STATE_CODES[this.index.states[key]!] !== 'excluded'),
      shuffled: (keys, seed) => this.index.list({ filter: { keys }, sort: 'random', seed }),
    });
    this.masks = new MaskBook({ db, device, reader, requireWritable, changed: () => this.upkeep?.changed() });
    this.pixels = pixelStore(
      dir,
      { samples, originals: this.originals, volumes: this.volumes, boxes: this.boxes.table },
      this.input,
    );
    const { volumes, boxes, runs } = this;
    this.inputChoice = new InputChoice({ db, input: this.input, volumes, boxes, runs, requireWritable });
    this.textReviews = new TextReviews({ db, samples, volumes, pixels: this.pixels, reader, requireWritable });
    this.upkeep = lock ? new Upkeep(db, (problem) => this.onBackup?.(problem)) : null;
    this.backups = new Backups(db, this.upkeep, requireWritable);
    if (lock) {
      const reserve = new Reserve(dir);
      reserve.fill();
      db.makeRoom = () => reserve.release();
    }
  }

  /**
   * @throws UserError `project-missing`, `project-locked` naming the holder, `project-newer`, `project-damaged`, `disk-full`
   */
  static async open(dir: string, options: OpenOptions): Promise<Project> {
    const store = await openStore(resolve(dir), options);
    try {
      return new Project(store, options.reading);
    } catch (error) {
      await closeStore(store);
      throw error;
    }
  }

  /** It knows nothing of what was added: it is about to be opened anew. */
  get isOutgrown(): boolean {
    return this.outgrown;
  }

  get readOnly(): boolean {
    return this.store.lock === null || this.outgrown;
  }

  get name(): string {
    return this.facts.name;
  }

  get reader(): string | null {
    return this.facts.reader;
  }

  get rule(): DecisionRule {
    return this.facts.rule;
  }

  get scheme(): LabelScheme {
    return this.labels.scheme;
  }

  get splits(): SplitVersion {
    return this.splitVersions.version;
  }

  get runsDir(): string {
    return join(this.dir, 'runs');
  }

  get cacheDir(): string {
    return join(this.dir, 'cache');
  }

  get exportsDir(): string {
    return join(this.dir, 'exports');
  }

  /** Everything of `ProjectInfo` that the store knows. */
  base(): Omit<ProjectInfo, 'changedSinceRun' | 'predictor' | 'probe' | 'nearSearch'> {
    const { db } = this;
    return {
      id: this.id,
      dir: this.dir,
      name: this.name,
      samples: this.samples.size - this.boxes.table.gone().length,
      dimensions: getFact(db, 'dimensions'),
      scheme: this.scheme,
      splits: this.splits,
      duplicates: getFact(db, 'duplicates'),
      pairsUndecided: this.duplicates.undecided,
      quarantined: this.store.identity.quarantined,
      input: this.input,
      flips: this.flips,
      groups: this.splitVersions.table.groupCount,
      validationUnreliable: validationUnreliable(this.index, this.scheme),
      reader: this.reader,
      readers: this.readers(),
      rule: this.rule,
      journal: this.labels.position,
      testScored: this.scorings.count(),
      readOnly: this.readOnly,
    };
  }

  /** Correlation above which pictures are near-duplicates here. */
  get likeness(): number {
    return getFact(this.db, 'likeness');
  }

  /** Everybody who reads or has read here. */
  readers(): string[] {
    return [...new Set([...this.labels.readers(), ...(this.reader === null ? [] : [this.reader])])].sort();
  }

  rename(name: string): void {
    this.setFact('name', name.trim());
  }

  setReader(reader: string): void {
    if (reader.trim() === '') throw new UserError('value-invalid', 'a reader needs a name');
    this.setFact('reader', reader.trim());
  }

  /** The one rule behind right and wrong, everywhere. */
  setRule(rule: DecisionRule): void {
    this.setFact('rule', rule);
    this.index.setRule(rule);
  }

  /** This object goes on with the old recipe: the project has to be opened anew. @throws UserError `value-invalid` where there are no volumes of studies */
  setInput(recipe: VolumeRecipe): void {
    this.inputChoice.set(recipe);
    this.outgrown = true;
  }

  /** Predictions on screen from now on; null takes them away. */
  setPredictions(predictions: Predictions | null): void {
    this.index.setPredictions(predictions);
  }

  get predictorChoice(): PredictorChoice | null {
    return this.facts.predictor;
  }

  choosePredictor(choice: PredictorChoice | null): void {
    this.setFact('predictor', choice);
  }

  /**
   * A new version of the splits; predictions made for the old one go.
   * @param voidTestScores the person knows that scores of the present test split will stand for nothing
   * @throws UserError `test-scored` where there are such scores and they may not be voided
   */
  resplit(next: NewSplitVersion, voidTestScores = false): void {
    this.requireWritable();
    this.requireVoidable(voidTestScores);
    if (next.groups.length !== this.samples.size)
      throw new Error(`splits of ${next.groups.length} samples, expected ${this.samples.size}`);
    this.db.transaction(() => this.splitVersions.insert(next));
    this.splitsChanged();
  }

  /**
   * Samples are other patients' from now on, by sample's key and the patient as its source names it; an undoable step with a new version of
   * the splits.
   * @throws UserError `test-scored` as `resplit`
   */
  changePatients(patients: ReadonlyMap<number, string>, voidTestScores = false): void {
    this.requireWritable();
    this.requireVoidable(voidTestScores);
    const { patients: known } = this.splitVersions.material();
    this.patients.learn(patients.values());
    this.labels.changePatients(
      [...patients].map(([key, patient]) => ({ key, from: known[key]!, to: this.patients.keyOf(patient) })),
    );
  }

  /** Where the originals lie. */
  sources(): readonly ProjectSource[] {
    return this.originals.sources;
  }

  /** Where labels came from, counted over the whole journal. */
  labelCensus(): LabelCensus {
    return census(this.db, this.splits.version);
  }

  /** Where one sample came from, for its page; never for an export. @throws UserError `sample-missing` */
  sourceOf(key: number): string {
    const { source, file } = this.fileOf(key);
    // Files of studies often are called after patients.
    const volume = this.pixels.volumeOf(key);
    if (volume !== null) return this.volumes.get(volume).id;
    return this.originals.path(source, file);
  }

  /** File of a sample below its source; null where it lies in an array. @throws UserError `sample-missing` */
  fileOf(key: number): { source: number; file: string | null } {
    this.samples.check(key);
    const place = this.samples.place(key);
    return { source: this.samples.source(key), file: place.kind === 'file' ? place.file : null };
  }

  /** The label that tables gave last, by key; null: one that said there is none. Absent: no table ever spoke of it. */
  lastImported(): Map<number, LabelValue> {
    return loadImported(this.db);
  }

  /**
   * Takes in what a second import brings, all or nothing. Labels become events of origin `imported`. This object knows nothing of it
   * afterwards and refuses further changes: the project has to be opened anew.
   * @throws UserError `disk-full`, `value-invalid`
   */
  grow(growth: ProjectGrowth): void {
    this.requireWritable();
    if (growth.relabelled.some(({ key }) => this.scorings.isFrozen(key)))
      throw new UserError('test-frozen', 'the test split was scored: its labels change only in a blind re-read');
    // A box that was drawn while files were brought: groups and splits were drawn without it.
    if (growth.splits && growth.splits.groups.length !== this.samples.size + growth.samples.length)
      throw new UserError('project-changed', 'the project has other samples than a moment ago: add the data once more');
    takeIn(this.store, growth, {
      firstKey: this.samples.size,
      splitVersion: this.splits.version + 1,
      patientKey: (patient) => this.patients.keyOf(patient),
      reader: this.reader,
      journal: this.labels.end,
      labelOf: (key) => this.labels.label(key),
      idOf: (key) => this.samples.ids[key]!,
      hashOfSample: (key) => this.samples.hash(key),
    });
    this.inputChoice.refit(growth);
    this.outgrown = true;
  }

  /** Where a sample's thumbnail begins in `cache/thumbs.bin`; null where its pixels serve. @throws UserError `sample-missing` */
  thumbOffsetOf(key: number): number | null {
    this.samples.check(key);
    return this.samples.thumb(key)?.offset ?? null;
  }

  /** Looks which originals are there. */
  lookForOriginals(): Promise<OriginalState[]> {
    return this.originals.look(this.samples, this.volumes);
  }

  /**
   * The originals lie elsewhere now. A copy without identity gets a file of its own.
   * @param states of volumes whose files were read anew, by what they are called
   */
  relinked(sources: readonly ProjectSource[], states: ReadonlyMap<string, string> = new Map()): void {
    this.requireWritable();
    const { identity } = this.store;
    const volumes = Object.entries(identity.volumes).map(([id, original]) => [
      id,
      { ...original, state: states.get(id) ?? original.state },
    ]);
    keepIdentity(this.store, {
      ...identity,
      sources: [...sources],
      volumes: Object.fromEntries(volumes) as typeof identity.volumes,
    });
    this.originals.replace(sources);
    this.volumes.forget();
  }

  /** Files of an import that could not be read, kept with their reasons. */
  putAside(files: readonly { readonly file: string; readonly reason: string }[]): void {
    this.requireWritable();
    const { identity } = this.store;
    keepIdentity(this.store, { ...identity, quarantined: [...identity.quarantined, ...files] });
  }

  /** What a copy that was given away says of itself; null of any other project. */
  get given(): GivenCopy | null {
    return findFact(this.db, 'given');
  }

  /** Says on which socket this process answers from now on. */
  announce(socket: string): void {
    this.store.lock?.announce(socket);
  }

  /** Lets go of the project and of its files. Its methods may not be called afterwards; closing twice does nothing. */
  close(): Promise<void> {
    return (this.closing ??= this.letGo());
  }

  private async letGo(): Promise<void> {
    await this.pixels.close();
    await this.upkeep?.end();
    await closeStore(this.store);
  }

  /** Memory follows what was written of boxes. */
  private boxesChanged(view: LabelView, changes: readonly BoxChange[], added: boolean): void {
    if (added) {
      this.samples.extend(this.db);
      view.extend(this.samples.size);
      this.splitVersions.reload();
      this.index.extend(this.splitVersions.table);
    }
    for (const { key, after } of changes) view.setGone(key, after === null);
    this.index.labelsChanged(changes.map(({ key }) => key));
    this.upkeep?.changed();
  }

  private splitsChanged(): void {
    this.splitVersions.reload();
    this.index.setSplits(this.splitVersions.table);
  }

  private setFact<Name extends 'name' | 'reader' | 'rule' | 'predictor'>(name: Name, value: Facts[Name]): void {
    this.requireWritable();
    this.db.transaction(() => setFact(this.db, name, value));
    Object.assign(this.facts, { [name]: value });
  }

  private requireVoidable(voidTestScores: boolean): void {
    const { times } = this.scorings.count();
    if (times > 0 && !voidTestScores)
      throw new UserError(
        'test-scored',
        `the test split was scored ${times} times: a new version of the splits would void these scores, and needs your word for it`,
      );
  }

  private requireWritable(): void {
    if (this.readOnly) throw new UserError('project-locked', 'the project is open read-only', { file: this.dir });
  }
}
