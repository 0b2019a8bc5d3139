import { rm } from 'node:fs/promises';
import type { DuplicatePair, GrowthDecisions, GrowthResult, GrowthReview, Split } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Frame } from '@shared/pixels';
import type { Project } from '../../project';
import type { StoredPair } from '../../types';
import type { DraftMaterial } from '../draft';
import { draftThumb } from '../draftThumb';
import { countPatientLeaks, countTestLeaks, isJoined } from '../judge';
import { previewOf, regrouped } from '../regroup';
import { LISTED_PAIRS } from '../review';
import { bringGrowth } from './cache';
import { labelDifferences, patientDifferences, patientsByKey, said, saidPatient, written } from './differences';
import type { Difference, OtherPatient } from './differences';
import { GrowthGround } from './ground';
import { firstEqualOf, growGroups, type Grown } from './groups';
import type { Match } from './match';
import { newPairs } from './pairs';
import { grownMetadata, grownSamples, grownSources, grownVolumes } from './samples';

const LISTED = 1000;
const listed = <T>(list: readonly T[]): { count: number; first: T[] } => ({
  count: list.length,
  first: list.slice(0, LISTED),
});

/** What a second import would add to a project. Nothing is written before `commit`. */
export class GrowthDraft {
  readonly importId: string;
  private readonly ground: GrowthGround;
  private readonly differences: readonly Difference[];
  private readonly patients: readonly OtherPatient[];
  private readonly pairs: readonly DuplicatePair[];
  private readonly firstEqual: Int32Array;
  private gone = false;

  /** @param others keys of the project's samples that are not in the draft: the duplicates' numbers behind the draft's */
  constructor(
    private readonly material: DraftMaterial,
    private readonly project: Project,
    private readonly match: Match,
    others: readonly number[],
  ) {
    this.importId = material.importId;
    this.ground = new GrowthGround(material, project, match, others);
    this.differences = labelDifferences(this.ground);
    this.patients = patientDifferences(this.ground);
    this.pairs = newPairs(this.ground);
    this.firstEqual = firstEqualOf(this.ground);
  }

  isFor(project: Project): boolean {
    return project === this.project;
  }

  review(): GrowthReview {
    const { material, match, project, ground } = this;
    const idOf = (key: number): string => project.index.id(key);
    const grown = this.grown(this.decided({}));
    return {
      importId: this.importId,
      project: project.dir,
      dimensions: material.dimensions,
      added: ground.fresh.length,
      known: material.collector.count - ground.fresh.length,
      unlabelled: ground.fresh.filter((i) => ground.labelOf(i) === null).length,
      removed: listed(match.removed.map(idOf)),
      changedPixels: listed(match.changed.map(idOf)),
      differences: listed(this.differences.map(said)),
      writes: {
        untouched: written(this.differences, 'untouched').length,
        all: written(this.differences, 'all').length,
        none: 0,
      },
      patients: listed(this.patients.map(saidPatient)),
      patientSplits: this.patientSplits(),
      newClasses: ground.scheme ? ground.scheme.classes.slice(project.scheme.classes.length).map((c) => c.name) : [],
      splits: grown?.splits.how ?? { withGroup: 0, brought: 0, drawn: 0, none: 0 },
      duplicates: {
        exact: this.pairs.filter((p) => p.exact).length,
        near: this.pairs.filter((p) => !p.exact).length,
      },
      pairs: this.pairs.slice(0, LISTED_PAIRS),
      pairsInAll: this.pairs.length,
      voidsScorings: grown ? project.scorings.count().times : 0,
      quarantined: [...material.quarantined],
      table: material.table,
    };
  }

  /** Thumbnails of samples that stand in pairs, by their keys in the project as it will be. */
  async thumbs(keys: readonly number[]): Promise<Frame[]> {
    this.needed();
    const frames: Frame[] = [];
    for (const key of keys) {
      const i = this.ground.placeOf(key);
      if (i !== undefined) frames.push({ ...(await draftThumb(this.material, i)), key });
      else if (key >= 0 && key < this.ground.size) frames.push(await this.project.pixels.thumb(key));
    }
    return frames;
  }

  /**
   * Writes it. The project has to be opened anew afterwards.
   * @throws UserError `disk-full`, `value-invalid`, `test-scored`
   */
  async commit({
    changes,
    pairs: decided,
    patients,
    voidTestScores,
  }: GrowthDecisions): Promise<Omit<GrowthResult, 'splitVersion'>> {
    this.needed();
    const { material, match, project, ground } = this;
    const patientsTaken = patients === 'take' && this.patients.length > 0;
    // A step of its own, before new samples look for their groups: it can be taken back without them.
    if (patientsTaken) project.changePatients(patientsByKey(this.patients), voidTestScores);
    const pairs = this.decided(decided);
    const grown = this.grown(pairs);
    const sources = grownSources(ground);
    const places = await bringGrowth(material, project.cacheDir, ground.fresh, sources.batch);
    const splits = grown?.splits.splits ?? ground.splitsBefore();
    const duplicates = this.duplicates(splits);
    const samples = grown ? grownSamples(ground, grown, places) : [];
    const changed = written(this.differences, changes);
    project.grow({
      samples,
      volumes: grownVolumes(ground),
      sources: sources.all,
      quarantined: material.quarantined,
      pairs,
      duplicates,
      metadata: grownMetadata(ground),
      splits: grown && {
        policy: project.splits.policy,
        seed: project.splits.seed,
        patientsKnown: project.splits.patientsKnown || samples.some((s) => s.patient != null),
        testLeaks: duplicates.testLeaks,
        patientLeaks: countPatientLeaks(
          ground.count,
          (key) => grown.patients[key]!,
          (key) => grown.splits.splits[key]!,
        ),
        nearLookedFor: project.splits.nearLookedFor && material.duplicates.nearLookedFor,
        stratified: project.splits.stratified,
        groups: Uint32Array.from(grown.group),
        split: grown.splits.splits,
        leak: grown.splits.leak,
        joined: [...project.splitVersions.material().pairs, ...pairs].map((pair) => pair.joined),
      },
      scheme: ground.scheme,
      relabelled: changed.map(({ key, value, reader }) => ({ key, value, reader })),
    });
    const count = (split: Split): number => splits.filter((s) => s === split).length;
    const result = {
      project: project.dir,
      samples: ground.count,
      classes: (ground.scheme ?? project.scheme).classes.map((c) => c.name),
      splits: { train: count('train'), val: count('val'), test: count('test') },
      groups: grown?.groups ?? project.base().groups,
      duplicates,
      quarantined: [...material.quarantined],
      ...(material.table ? { table: material.table } : {}),
      added: ground.fresh.length,
      known: material.collector.count - ground.fresh.length,
      removed: match.removed.map((key) => project.index.id(key)),
      changedPixels: match.changed.map((key) => project.index.id(key)),
      patients: this.patients.map(saidPatient),
      patientsTaken,
      labels: {
        changed: changed.map(said),
        kept: this.differences.filter((d) => !changed.includes(d)).map(said),
      },
    };
    await this.discard();
    return result;
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.gone = true;
    await rm(this.material.folder, { recursive: true, force: true });
  }

  /** @param pairs by place in the review's pairs; those that are absent follow the command line's rule */
  private decided(pairs: GrowthDecisions['pairs']): StoredPair[] {
    return this.pairs.map((pair, i) => ({ ...pair, joined: isJoined(pair, pairs[String(i)]) }));
  }

  private grown(pairs: readonly StoredPair[]): Grown | null {
    return this.ground.fresh.length === 0 ? null : growGroups(this.ground, this.firstEqual, pairs);
  }

  private patientSplits(): GrowthReview['patientSplits'] {
    const { project, patients } = this;
    if (patients.length === 0) return null;
    const changes = [...patientsByKey(patients)].map(([key, to]) => {
      return { key, from: null, to: project.patients.keyOf(to) };
    });
    return previewOf(project, regrouped(project, changes, null));
  }

  private duplicates(splits: readonly (Split | null)[]): GrowthResult['duplicates'] {
    const before = this.project.base().duplicates;
    const pairs = [...this.project.splitVersions.material().pairs, ...this.pairs].map(({ a, b, exact, likeness }) => ({
      a: a.index,
      b: b.index,
      exact,
      likeness,
    }));
    const { firstEqual } = this;
    return {
      exact: before.exact + this.pairs.filter((p) => p.exact).length,
      near: before.near + this.pairs.filter((p) => !p.exact).length,
      withDifferentLabels: before.withDifferentLabels + this.pairs.filter((p) => p.differentLabels).length,
      testLeaks: countTestLeaks({ pairs, firstEqual }, splits.length, (key) => splits[key]!),
    };
  }

  private needed(): void {
    if (this.gone) throw new UserError('cancelled', 'this import was ended already: start it again');
  }
}
