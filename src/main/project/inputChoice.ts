import type { InputRecipe, VolumeRecipe } from '@shared/domain';
import { UserError } from '@shared/errors';
import { defaultVolumeRecipe } from '@shared/volumeInput';
import type { Boxes } from './boxes/book';
import type { Db } from './db/sqlite';
import { volumeInput } from './inputRecipe';
import { getFact, setFact } from './meta';
import type { RunBook } from './runs';
import type { ProjectGrowth } from './types';
import type { ProjectVolumes } from './volumes';

interface InputChoiceParts {
  readonly db: Db;
  readonly input: InputRecipe;
  readonly volumes: ProjectVolumes;
  readonly boxes: Boxes;
  readonly runs: RunBook;
  readonly requireWritable: () => void;
}

/** How volumes of studies become what the network sees: as fits them, until a person or the first run has settled it. */
export class InputChoice {
  constructor(private readonly parts: InputChoiceParts) {}

  /** The recipe that fits the volumes and boxes of now; null where there are no volumes of studies. */
  suggested(): VolumeRecipe | null {
    return this.parts.volumes.size === 0 ? null : this.#fitting([]);
  }

  /** Takes effect when the project is opened anew. @throws UserError `value-invalid` where there are no volumes of studies */
  set(recipe: VolumeRecipe): void {
    const { db, volumes, requireWritable } = this.parts;
    requireWritable();
    if (volumes.size === 0)
      throw new UserError('value-invalid', 'this project has no volumes of studies: its pictures are seen as they are');
    db.transaction(() => {
      this.#keep(recipe);
      setFact(db, 'inputChosen', true);
    });
  }

  /** Volumes that come in before anything was trained and before a person chose say too how the network sees them. */
  refit({ volumes = [] }: ProjectGrowth): void {
    const { db, input, runs } = this.parts;
    const chosen = getFact(db, 'inputChosen') || runs.all().length > 0;
    if (volumes.length === 0 || (chosen && input.volume)) return;
    db.transaction(() => this.#keep(this.#fitting(volumes)));
  }

  #fitting(more: NonNullable<ProjectGrowth['volumes']>): VolumeRecipe {
    const { volumes, boxes } = this.parts;
    return defaultVolumeRecipe(
      [...volumes.all(), ...more].map(({ info }) => info),
      boxes.list().map(({ box }) => box),
    );
  }

  #keep(recipe: VolumeRecipe): void {
    const { db, input } = this.parts;
    setFact(db, 'input', volumeInput(input, recipe));
  }
}
