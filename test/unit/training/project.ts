import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { normalNumbers, randomNumbers } from '@main/model';
import { inspectImport } from '@main/project/import';
import { Project, SPLIT_CODES, STATE_CODES } from '@main/project';
import { createRun, resolveRecipe, type ClassList, type TrainingSample } from '@main/training';
import { answersOf, type LabelKind, type RecipeOptions } from '@shared/domain';

/** A real project of small noisy pictures, whose second class is brighter in the middle, with everything that runs need. */
export interface SmallProject {
  readonly dir: string;
  readonly samples: TrainingSample[];
  readonly classes: ClassList;
  /** Makes a run's folder. */
  run(options?: RecipeOptions): Promise<string>;
  remove(): void;
}

const SIDE = 14;

/**
 * @param depth of volumes; pictures otherwise
 * @param kind `ordered`: three ranks, the middle ever brighter; `answers`: two questions, of the middle and of a corner, the second one not
 * assessed of every fifth picture
 */
export async function smallProject(count = 72, depth = 1, kind: LabelKind = 'single'): Promise<SmallProject> {
  const root = mkdtempSync(join(tmpdir(), 'residua-run-'));
  const normal = normalNumbers(randomNumbers(11));
  const ranks = kind === 'ordered' ? 3 : 2;
  const labels = Uint8Array.from({ length: count }, (_, i) => i % ranks);
  const inCorner = (i: number): boolean => kind === 'answers' && Math.floor(i / 2) % 2 === 1;
  const images = Uint8Array.from({ length: count * depth * SIDE * SIDE }, (_, at) => {
    const [y, x] = [Math.floor((at / SIDE) % SIDE), at % SIDE];
    const i = Math.floor(at / SIDE / SIDE / depth);
    const middle = Math.hypot(x - 6.5, y - 6.5) < 4 ? 90 * labels[i]! : 0;
    const corner = x < 4 && y < 4 && inCorner(i) ? 120 : 0;
    return Math.min(255, Math.max(0, 90 + 50 * normal() + middle + corner));
  });
  writeFileSync(join(root, 'images.npy'), npy(images, depth === 1 ? [count, SIDE, SIDE] : [count, depth, SIDE, SIDE]));
  const answers = Int8Array.from({ length: 2 * count }, (_, at) => {
    const i = at >> 1;
    return at % 2 === 0 ? labels[i]! : i % 5 === 0 ? -1 : Number(inCorner(i));
  });
  writeFileSync(
    join(root, 'labels.npy'),
    kind === 'answers' ? npy(new Uint8Array(answers.buffer), [count, 2], '|i1') : npy(labels, [count]),
  );
  const dir = join(root, 'small.residua');
  const paths = [join(root, 'images.npy'), join(root, 'labels.npy')];
  const draft = await inspectImport({ paths, stagingDir: join(root, 'staging') });
  const { suggested } = draft.review();
  const decisions = {
    name: 'Small',
    dir,
    policy: 'new',
    positive: suggested.positive,
    kind,
    flips: false,
    pairs: {},
    seed: 1,
  } as const;
  await draft.commit(decisions, { dir });
  const project = await Project.open(dir, { holder: 'cli' });
  const { index, scheme, input, runsDir, labels: journal } = project;
  const now = journal.now();
  const samples = Array.from({ length: index.size }, (_, key): TrainingSample => ({
    key,
    id: index.id(key),
    contentHash: index.contentHash(key),
    group: index.groups[key]!,
    split: SPLIT_CODES[index.splits[key]!] ?? null,
    leak: false,
    class: now.classes[key]! < 0 ? null : now.classes[key]!,
    answers: answersOf(journal.label(key).value),
    state: STATE_CODES[now.states[key]!]!,
    event: now.events[key] ?? null,
  }));
  const classes: ClassList = {
    ids: scheme.classes.map((c) => c.id),
    names: scheme.classes.map((c) => c.name),
    positive: scheme.positive,
    kind: scheme.kind,
  };
  await project.close();
  return {
    dir,
    samples,
    classes,
    async run(options = {}) {
      const { folder } = await createRun({
        projectDir: dir,
        runsDir,
        recipe: resolveRecipe(options, input),
        name: '',
        note: '',
        samples,
        classes,
        input,
        flips: false,
        journal: { position: now.position, hash: now.hash },
        splitVersion: 1,
        schemeVersion: 1,
      });
      return folder;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** NumPy's format 1.0. */
function npy(data: Uint8Array, shape: readonly number[], type = '|u1'): Uint8Array {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = `${text.padEnd(117)}\n`;
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(header, 'latin1'), data]);
}
