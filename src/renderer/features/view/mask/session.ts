import type { MaskInfo, MaskSegment, MaskStepContent, OpenMask } from '@shared/domain';
import { after, applyChange, decodeRuns, fromBase64, maskGridOf, NOTHING_DONE } from '@shared/mask';
import type { Box, MaskGrid, MaskMap, Standing } from '@shared/mask';

/** A mask in hand: its map, and the history that leads to it. */
export class MaskSession {
  readonly map: MaskMap;
  readonly grid: MaskGrid;
  segments: readonly MaskSegment[];
  name: string;
  /** Last step, saved or on its way. */
  position = 0;
  #standing: Standing = NOTHING_DONE;
  readonly #contents = new Map<number, MaskStepContent>();

  /** @throws Error where its steps do not follow from each other */
  constructor({ info, initial, firstSegments, steps }: OpenMask) {
    const { geometry } = info;
    const count = geometry.size[0] * geometry.size[1] * geometry.size[2];
    this.info = info;
    this.name = info.name;
    this.segments = firstSegments;
    this.grid = maskGridOf(geometry, geometry.positions);
    this.map = {
      size: geometry.size,
      data: initial === null ? new Uint8Array(count) : decodeRuns(fromBase64(initial), count),
    };
    for (const step of steps) {
      if (step.kind === 'edit' || step.kind === 'segments') this.take(step);
      else if (step.kind === 'name') this.rename(step.name);
      else this.turn(step.kind);
    }
  }
  readonly info: MaskInfo;

  get canUndo(): boolean {
    return this.#standing.done.length > 0;
  }
  get canRedo(): boolean {
    return this.#standing.undone.length > 0;
  }

  /** A further step, whose edit is applied here. @returns what of the map changed */
  take(content: MaskStepContent): Box | null {
    const box = this.#apply(content, 'redo');
    this.record(content);
    return box;
  }
  /** A further step whose edit is in the map already. */
  record(content: MaskStepContent): void {
    this.position += 1;
    this.#contents.set(this.position, content);
    this.#standing = after(this.#standing, { position: this.position, kind: content.kind, refers: null });
  }
  rename(name: string): void {
    this.position += 1;
    this.name = name;
  }
  /** Takes the last step back, or does it again. @returns what of the map changed */
  turn(way: 'undo' | 'redo'): Box | null {
    const refers = (way === 'undo' ? this.#standing.done : this.#standing.undone).at(-1)!;
    const box = this.#apply(this.#contents.get(refers)!, way);
    this.position += 1;
    this.#standing = after(this.#standing, { position: this.position, kind: way, refers });
    return box;
  }

  #apply(content: MaskStepContent, way: 'undo' | 'redo'): Box | null {
    if (content.kind === 'edit') return applyChange(fromBase64(content.change), way, this.map.data, this.map.size);
    this.segments = way === 'redo' ? content.after : content.before;
    return null;
  }
}
