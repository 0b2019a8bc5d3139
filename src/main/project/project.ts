import { join, resolve } from 'node:path';
import { answersOf, classOf, takesPart, type DecisionRule, type InputRecipe, type LabelClass } from '@shared/domain';
import type {
  ClassPart,
  LabelValue,
  GivenCopy,
  LabelScheme,
  OriginalState,
  ProjectInfo,
  ProjectPair,
  ReaderPlace,
  SplitVersion,
  Twin,
} from '@shared/domain';
import { UserError } from '@shared/errors';
import { clearBackups, oldBackups } from './db/backup';
import { snapshotDatabase } from './db/snapshot';
import type { Db } from './db/sqlite';
import { ANSWER_CODES } from './journal/answerColumns';
import { loadScheme } from './journal/events';
import { census, type LabelCensus } from './journal/census';
import { LabelJournal } from './journal/journal';
import { LabelView } from './journal/labelView';
import { Reserve } from './disk/reserve';
import { compareSides } from './import/judge';
import { SampleIndex } from './lists/sampleIndex';
import { loadImported, takeIn } from './grow';
import { keepFound, type FoundPairs } from './laterPairs';
import { dropFact, findFact, getFact, setFact, type Facts } from './meta';
import { loadMetadata } from './metadata';
import { closeStore, openStore, pixelStore, type OpenOptions, type Store } from './opening';
import { countPairs, countUndecided, loadPairs, loadTwins } from './pairs';
import { patientKey, writeIdentity } from './identity';
import { Originals } from './originals';
import type { PixelStore } from './pixels';
import { readPlace, writePlace } from './places';
import { RereadRounds } from './rereadRounds';
import { loadFrozen } from './rereads';
import { addRun, addScoring, annotateRun, loadRuns, loadScorings } from './runs';
import { SampleTable } from './samples';
import { rarestYes } from './strata';
import { SplitVersions } from './splitVersions';
import { SPLIT_CODES, STATE_CODES } from './types';
import type {
  LabelSnapshot,
  NewSplitVersion,
  PredictorChoice,
  Predictions,
  ProjectGrowth,
  ProjectSource,
  RunNote,
  ScoredTest,
} from './types';
import { Upkeep } from './upkeep';

/** Fewer groups of some class than this make figures of validation unreliable (docs/science.md, section 2). */
const RELIABLE_GROUPS = 20;
const VALIDATION = SPLIT_CODES.indexOf('val');
const YES = ANSWER_CODES.indexOf('yes');
const TEST = SPLIT_CODES.indexOf('test');

/** An open project. One process writes it at a time; every change is on the disk when its method returns. */
export class Project {
  readonly dir: string;
  readonly index: SampleIndex;
  readonly labels: LabelJournal;
  readonly pixels: PixelStore;
  readonly originals: Originals;
  /** Rounds of blind re-reading of the test split. */
  readonly rereads: RereadRounds;
  readonly id: string;
  readonly input: InputRecipe;
  readonly flips: boolean;
  private readonly db: Db;
  private readonly samples: SampleTable;
  /** Versions of the splits, and all that a next one is drawn from. */
  readonly splitVersions: SplitVersions;
  private scorings: ScoredTest[];
  /** By key: where the journal stood when the sample was first scored as a test sample. */
  private frozenAt: ReadonlyMap<number, number>;
  private readonly facts: Pick<Facts, 'name' | 'reader' | 'rule' | 'predictor'>;
  private readonly upkeep: Upkeep | null;
  private closing: Promise<void> | undefined;
  /** Told when the day's copy of the database could not be made, and again when it could. */
  onBackup: ((problem: UserError | null) => void) | null = null;
  /** A second import was taken in: the project has to be opened anew. */
  private outgrown = false;

  private constructor(private readonly store: Store) {
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
    this.samples = SampleTable.load(db);
    this.splitVersions = new SplitVersions(db, {
      scorings: () => this.scorings,
      strata: () => this.strata(),
    });
    this.scorings = loadScorings(db);
    this.frozenAt = loadFrozen(db);
    const view = LabelView.load(db, this.samples.size, loadScheme(db));
    this.labels = new LabelJournal({
      db,
      samples: this.samples,
      view,
      device,
      readOnly: () => this.readOnly,
      reader: () => this.facts.reader,
      isFrozen: (key) => this.isFrozen(key),
      withheld: () => this.rereads.openKeys(),
      inOrder: () => this.index.list({ filter: {}, sort: 'id' }),
      splitOf: (key) => SPLIT_CODES[this.splitVersions.table.splits[key]!]!,
      groupOf: (key) => this.splitVersions.table.groups[key]!,
      changed: (keys) => {
        this.index.labelsChanged(keys);
        this.upkeep?.changed();
      },
      schemeChanged: (scheme) => this.index.setScheme(scheme),
    });
    this.index = new SampleIndex(
      this.samples,
      view,
      this.splitVersions.table,
      this.facts.rule,
      this.labels.scheme,
      (run) => run !== null && this.testScored(run).times > 0,
      loadMetadata(db, this.samples.size),
    );
    this.rereads = new RereadRounds({
      db,
      labels: this.labels,
      reader: () => this.reader,
      requireWritable: () => this.requireWritable(),
      samples: () =>
        [...this.frozenAt.keys()].filter(
          (key) => this.isFrozen(key) && STATE_CODES[this.index.states[key]!] !== 'excluded',
        ),
      shuffled: (keys, seed) => this.index.list({ filter: { keys }, sort: 'random', seed }),
    });
    this.originals = new Originals(dir, identity.sources);
    this.pixels = pixelStore(dir, this.samples, this.originals);
    this.upkeep = lock ? new Upkeep(db, (problem) => this.onBackup?.(problem)) : null;
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
      return new Project(store);
    } catch (error) {
      await closeStore(store);
      throw error;
    }
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
    return this.splitVersions.table.version;
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
      samples: this.samples.size,
      dimensions: getFact(db, 'dimensions'),
      scheme: this.scheme,
      splits: this.splits,
      duplicates: getFact(db, 'duplicates'),
      pairsUndecided: countUndecided(db, this.splits.version),
      quarantined: this.store.identity.quarantined,
      input: this.input,
      flips: this.flips,
      groups: this.splitVersions.table.groupCount,
      validationUnreliable: this.validationUnreliable(),
      reader: this.reader,
      readers: this.readers(),
      rule: this.rule,
      journal: this.labels.position,
      testScored: this.testScored(),
      readOnly: this.readOnly,
    };
  }

  /** Correlation above which pictures are near-duplicates here. */
  get likeness(): number {
    return getFact(this.db, 'likeness');
  }

  /** Why the day's copy of the database could not be made; null where it was. */
  get backupProblem(): UserError | null {
    return this.upkeep?.backupProblem ?? null;
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

  /** A new version of the label scheme; undoable. @throws UserError `value-invalid` */
  setClasses(classes: readonly LabelClass[], positive: number | null): void {
    this.labels.setClasses(classes, positive);
  }

  /** Classes go into another one, labels on them read as that one; undoable. @throws UserError `value-invalid`, `class-missing` */
  mergeClasses(from: readonly number[], into: number): void {
    this.labels.mergeClasses(from, into);
  }

  /** A class becomes several, its samples wait to be read anew; undoable. @throws UserError `value-invalid`, `class-missing` */
  splitClass(id: number, parts: readonly ClassPart[]): void {
    this.labels.splitClass(id, parts);
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

  /** Samples with equal or nearly equal pixels, equal ones first. @throws UserError `sample-missing` */
  twins(key: number): Twin[] {
    this.samples.check(key);
    return loadTwins(this.db, key).map((twin) => ({
      ...twin,
      id: this.samples.ids[twin.key]!,
      class: classOf(this.labels.label(twin.key).value),
      answers: answersOf(this.labels.label(twin.key).value),
      split: SPLIT_CODES[this.splitVersions.table.splits[twin.key]!]!,
    }));
  }

  /** Pairs of duplicates in order of their numbers, with labels and splits of now and what the present splits decided. */
  pairs(offset: number, limit: number): { pairs: ProjectPair[]; total: number } {
    const pairs = loadPairs(this.db, this.splits.version, offset, limit).map((pair) => {
      const [a, b] = [this.pairSide(pair.a.index), this.pairSide(pair.b.index)];
      return { ...pair, a, b, ...compareSides(a, b) };
    });
    return { pairs, total: countPairs(this.db) };
  }

  /** A sample as pairs of duplicates show it, with its label and split of now. */
  pairSide(key: number): ProjectPair['a'] {
    const { value } = this.labels.label(key);
    const split = SPLIT_CODES[this.splitVersions.table.splits[key]!]!;
    return { index: key, id: this.samples.ids[key]!, split, class: classOf(value), answers: answersOf(value) };
  }

  /** How the search for near-duplicates ended that the import could not do; null: it has not. */
  get nearSearch(): Facts['nearSearch'] {
    return getFact(this.db, 'nearSearch');
  }

  /** @param ended why nothing was found, or null to have it looked for again */
  setNearSearch(ended: Facts['nearSearch']): void {
    this.requireWritable();
    this.db.transaction(() => setFact(this.db, 'nearSearch', ended));
  }

  /** Keeps what a later search found. Groups and splits stay as they are; how many test samples leak is known better now. */
  keepFoundPairs(found: FoundPairs): void {
    this.requireWritable();
    keepFound(this.db, found);
    // The same members: what was counted about them is new.
    this.splitVersions.reload();
  }

  /**
   * A new version of the splits; predictions made for the old one go.
   * @param voidTestScores the person knows that scores of the present test split will stand for nothing
   * @throws UserError `test-scored` where there are such scores and they may not be voided
   */
  resplit(next: NewSplitVersion, voidTestScores = false): void {
    this.requireWritable();
    const { times } = this.testScored();
    if (times > 0 && !voidTestScores)
      throw new UserError(
        'test-scored',
        `the test split was scored ${times} times: a new version of the splits would void these scores, and needs your word for it`,
      );
    if (next.groups.length !== this.samples.size)
      throw new Error(`splits of ${next.groups.length} samples, expected ${this.samples.size}`);
    this.splitVersions.append(next);
    this.index.setSplits(this.splitVersions.table);
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
    this.samples.check(key);
    const place = this.samples.place(key);
    return this.originals.path(this.samples.source(key), place.kind === 'file' ? place.file : null);
  }

  /** File of a sample below its source; null where it lies in an array. */
  fileOf(key: number): { source: number; file: string | null } {
    this.samples.check(key);
    const place = this.samples.place(key);
    return { source: this.samples.source(key), file: place.kind === 'file' ? place.file : null };
  }

  /** The label that tables gave last, by key; null: one that said there is none. Absent: no table ever spoke of it. */
  lastImported(): Map<number, LabelValue> {
    return loadImported(this.db);
  }

  /** What stands for a patient in this project. */
  patientKey(patient: string): string {
    return patientKey(this.store.identity.secret, patient);
  }

  /** The patient that a key stands for, as its source named it; null where that is not known here. */
  patientNamed(key: string): string | null {
    return this.store.identity.patients[key] ?? null;
  }

  /**
   * Takes in what a second import brings, all or nothing. Labels become events of origin `imported`. This object knows nothing of it
   * afterwards and refuses further changes: the project has to be opened anew.
   * @throws UserError `disk-full`, `value-invalid`
   */
  grow(growth: ProjectGrowth): void {
    this.requireWritable();
    if (growth.relabelled.some(({ key }) => this.isFrozen(key)))
      throw new UserError('test-frozen', 'the test split was scored: its labels change only in a blind re-read');
    takeIn(this.store, growth, {
      firstKey: this.samples.size,
      splitVersion: this.splits.version + 1,
      patientKey: (patient) => this.patientKey(patient),
      reader: this.reader,
      journal: this.labels.end,
      labelOf: (key) => this.labels.label(key),
      idOf: (key) => this.samples.ids[key]!,
      hashOfSample: (key) => this.samples.hash(key),
    });
    this.outgrown = true;
  }

  /** Where a sample's thumbnail begins in `cache/thumbs.bin`; null where its pixels serve. @throws UserError `sample-missing` */
  thumbOffsetOf(key: number): number | null {
    this.samples.check(key);
    return this.samples.thumb(key)?.offset ?? null;
  }

  /** As they are kept: paths of a copy may be relative to it. */
  originalsStored(): readonly ProjectSource[] {
    return this.originals.stored;
  }

  /** Looks which originals are there. */
  lookForOriginals(): Promise<OriginalState[]> {
    return this.originals.look(this.samples);
  }

  /** The originals lie elsewhere now. A copy without identity gets a file of its own. */
  relinked(sources: readonly ProjectSource[]): void {
    this.requireWritable();
    writeIdentity(this.dir, { ...this.store.identity, sources: [...sources] });
    this.originals.replace(sources);
  }

  /** What a copy that was given away says of itself; null of any other project. */
  get given(): GivenCopy | null {
    return findFact(this.db, 'given');
  }

  /** Folder of dated backups outside of the project. */
  get backupsTo(): string | null {
    return findFact(this.db, 'backupsTo');
  }

  setBackupsTo(dir: string | null): void {
    this.requireWritable();
    this.db.transaction(() => (dir === null ? dropFact(this.db, 'backupsTo') : setFact(this.db, 'backupsTo', dir)));
  }

  /** Copies of the database but for the newest, and what they take. */
  oldBackups(): { count: number; bytes: number } {
    return oldBackups(this.db);
  }

  /** Deletes them. */
  clearBackups(): void {
    this.requireWritable();
    clearBackups(this.db);
  }

  /** Where a reader was; null where nothing is known. */
  placeOf(reader: string): ReaderPlace | null {
    return readPlace(this.db, reader);
  }

  keepPlace(reader: string, place: ReaderPlace): void {
    this.requireWritable();
    this.db.transaction(() => writePlace(this.db, reader, place));
  }

  /** Writes the database as it is now into `file`, while labels go on being written. */
  snapshot(file: string): Promise<void> {
    return snapshotDatabase(this.db.file, file);
  }

  /** Logs that this run's predictions of the test split were looked at. Test labels stay as they are from now on. */
  logTestScored(run: string): void {
    this.requireWritable();
    const scoring = {
      run,
      time: new Date().toISOString(),
      reader: this.reader,
      splitVersion: this.splits.version,
      journal: this.labels.position,
    };
    addScoring(this.db, scoring);
    this.scorings = [...this.scorings, scoring];
    this.frozenAt = loadFrozen(this.db);
    this.index.setPredictions(this.index.predictions);
  }

  /** A test sample that was scored: its label changes only in a blind re-read. */
  isFrozen(key: number): boolean {
    return this.splitVersions.table.splits[key] === TEST && this.frozenAt.has(key);
  }

  /** Labels of now, but those of scored test samples as they were at their first scoring. */
  originalLabels(): Pick<LabelSnapshot, 'classes' | 'states' | 'answers'> {
    const { classes, states, answers } = this.labels.now();
    for (const position of new Set(this.frozenAt.values())) {
      const then = this.labels.at(position);
      for (const [key, at] of this.frozenAt)
        if (at === position && this.isFrozen(key)) {
          classes[key] = then.classes[key]!;
          states[key] = then.states[key]!;
          for (const [id, column] of answers) column[key] = then.answers.get(id)![key]!;
        }
    }
    return { classes, states, answers };
  }

  scoredTests(): readonly ScoredTest[] {
    return this.scorings;
  }

  /** Scorings of the present splits, of one run or of all. */
  testScored(run?: string): { times: number; runs: number } {
    const counted = this.scorings.filter(
      (s) => s.splitVersion === this.splits.version && (run === undefined || s.run === run),
    );
    return { times: counted.length, runs: new Set(counted.map((s) => s.run)).size };
  }

  /** Numbers a new run and keeps its name and note. @param name null: `Run N` */
  addRun(run: string, name: string | null, note: string): RunNote {
    this.requireWritable();
    return addRun(this.db, run, name, note);
  }

  runNotes(): RunNote[] {
    return loadRuns(this.db);
  }

  /** @throws UserError `run-missing` */
  annotateRun(run: string, name: string, note: string): void {
    this.requireWritable();
    annotateRun(this.db, run, name, note);
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

  /** Groups of some class in validation fall short. Unlabelled validation says nothing yet. */
  private validationUnreliable(): boolean {
    const { splits, classes, states, groups } = this.index;
    const groupsOf = new Map(this.scheme.classes.map((c) => [c.id, new Set<number>()]));
    for (let key = 0; key < this.samples.size; key++) {
      if (splits[key] !== VALIDATION || !takesPart(STATE_CODES[states[key]!]!)) continue;
      groupsOf.get(classes[key]!)?.add(groups[key]!);
      for (const { id, answers } of this.index.questions) if (answers[key] === YES) groupsOf.get(id)!.add(groups[key]!);
    }
    return [...groupsOf.values()].some((members) => members.size < RELIABLE_GROUPS);
  }

  /** By key what a draw of splits spreads evenly: the class; of answers the rarest question that is yes. */
  private strata(): (number | null)[] {
    const rarest = this.scheme.kind === 'answers' ? rarestYes(this.index.questions.map((q) => q.answers)) : null;
    return Array.from(rarest ?? this.index.classes, (id) => (id < 0 ? null : id));
  }

  private setFact<Name extends 'name' | 'reader' | 'rule' | 'predictor'>(name: Name, value: Facts[Name]): void {
    this.requireWritable();
    this.db.transaction(() => setFact(this.db, name, value));
    Object.assign(this.facts, { [name]: value });
  }

  private requireWritable(): void {
    if (this.readOnly) throw new UserError('project-locked', 'the project is open read-only', { file: this.dir });
  }
}
