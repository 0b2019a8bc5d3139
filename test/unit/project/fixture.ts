import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLASS_COLOURS, type LabelClass, type Split } from '@shared/domain';
import { createProject, Project, type NewProject, type NewSample, type OpenOptions } from '@main/project';

export const DEVICE = '01890a5d-ac96-774b-bcce-b302099a8057';

export const classOf = (id: number, name: string): LabelClass => ({
  id,
  name,
  short: name.slice(0, 6),
  colour: CLASS_COLOURS[id % CLASS_COLOURS.length]!,
  key: `Digit${id + 1}`,
  order: id,
});

const SPLITS: readonly Split[] = ['train', 'train', 'train', 'val', 'test'];

/** Sample i: class i mod 2, its own group, splits in turn; 2×2 grey bytes in one pack. */
export const sampleOf = (key: number, changes: Partial<NewSample> = {}): NewSample => ({
  id: `sample_${String(key).padStart(5, '0')}`,
  contentHash: key.toString(16).padStart(64, '0'),
  width: 2,
  height: 2,
  depth: 1,
  channels: 1,
  type: 'uint8',
  low: 0,
  high: 255,
  source: 0,
  pixels: { kind: 'pack', pack: '0.bin', offset: 4 * key },
  thumb: null,
  class: key % 2,
  officialSplit: SPLITS[key % SPLITS.length]!,
  group: key,
  split: SPLITS[key % SPLITS.length]!,
  leak: false,
  ...changes,
});

export const projectOf = (samples: readonly NewSample[], changes: Partial<NewProject> = {}): NewProject => ({
  name: 'Test',
  dimensions: '2d',
  kind: 'single',
  classes: [classOf(0, 'malignant'), classOf(1, 'normal, benign')],
  positive: 0,
  flips: false,
  sources: [{ path: '/data/secret place/breast.npz', kind: 'npz', hash: 'ab', bytes: 1 }],
  samples,
  splits: {
    policy: 'official',
    seed: 1,
    patientsKnown: false,
    testLeaks: 0,
    patientLeaks: 0,
    nearLookedFor: true,
    stratified: true,
  },
  duplicates: { exact: 0, near: 0, withDifferentLabels: 0, testLeaks: 0 },
  pairs: [],
  quarantined: [],
  ...changes,
});

/** Folders and projects of one test; `clean` closes and removes them all. */
export class Workshop {
  readonly root = mkdtempSync(join(tmpdir(), 'residua-project-'));
  private readonly open: Project[] = [];
  private made = 0;

  dir(): string {
    return join(this.root, `p${this.made++}.residua`);
  }

  async create(project: NewProject | number): Promise<string> {
    const dir = this.dir();
    await createProject(dir, typeof project === 'number' ? projectOf(samples(project)) : project, DEVICE);
    return dir;
  }

  async opened(dir: string, options: Partial<OpenOptions> = {}): Promise<Project> {
    const project = await Project.open(dir, { holder: 'cli', device: DEVICE, ...options });
    this.open.push(project);
    return project;
  }

  /** A project with a reader named. */
  async start(project: NewProject | number): Promise<Project> {
    const opened = await this.opened(await this.create(project));
    opened.setReader('Ana');
    return opened;
  }

  async close(project: Project): Promise<void> {
    this.open.splice(this.open.indexOf(project), 1);
    await project.close();
  }

  /** Closes and opens again, as another process would. */
  async again(project: Project): Promise<Project> {
    await this.close(project);
    return this.opened(project.dir);
  }

  async clean(): Promise<void> {
    for (const project of this.open.splice(0)) await project.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const samples = (count: number): NewSample[] => Array.from({ length: count }, (_, key) => sampleOf(key));

export const READ = { origin: 'read', context: null } as const;
