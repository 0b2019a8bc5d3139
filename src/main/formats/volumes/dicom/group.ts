import { TRAITS, type Trait } from './frame';
import { voxelType } from './image';
import type { Slice } from './picture';
import { cross, dot, length, subtract, type Vec3 } from '@shared/space';

/** Slices that may make one volume: alike in all that a grid shares. */
export interface Candidate {
  readonly slices: readonly Slice[];
  /** Row × column; undefined where slices have no place. */
  readonly normal: Vec3 | undefined;
  /** What tells it from other volumes of its series. */
  readonly by: { readonly trait: Trait | 'visit'; readonly value: string } | undefined;
  /** Copies, equal in place and pixels, that are read once. */
  readonly duplicates: readonly string[];
}

/** Slices of one series side by side, each list alike in size, type, orientation and spacing. */
export interface Series {
  readonly alike: readonly (readonly Slice[])[];
}

/** Degrees between orientations that are the same but for their printed digits. */
const SAME_ANGLE = Math.cos((0.1 * Math.PI) / 180);
const SAME_SPACING = 1e-4;
/** Millimetres between positions that are the same but for their printed digits. */
const SAME_PLACE = 0.005;
/** Modalities whose single pictures are slices of something even without positions. */
const STACKED = ['CT', 'MR', 'PT', 'NM'];

const folder = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')));

/** By study and series, whatever files are called and wherever they lie; files without UIDs by their folder. */
export function bySeries(slices: readonly Slice[]): Series[] {
  const series = new Map<string, Slice[][]>();
  for (const slice of slices) {
    const { study, series: own, path } = slice.source;
    const key = own.uid === '' ? `${study.uid} ${folder(path)}` : `${study.uid} ${own.uid}`;
    const lists = series.get(key) ?? [];
    if (!series.has(key)) series.set(key, lists);
    const list = lists.find((others) => alike(others[0]!, slice));
    if (list) list.push(slice);
    else lists.push([slice]);
  }
  return [...series.values()].map((lists) => ({ alike: lists }));
}

function alike(a: Slice, b: Slice): boolean {
  const [f, g] = [a.source.format, b.source.format];
  if (f.rows !== g.rows || f.columns !== g.columns || f.samples !== g.samples) return false;
  if (voxelType(f) !== voxelType(g) || a.source.mapped !== b.source.mapped) return false;
  if ((f.photometric === 'MONOCHROME1') !== (g.photometric === 'MONOCHROME1')) return false;
  if ((a.tile === undefined) !== (b.tile === undefined)) return false;
  if (a.source.frameOfReference !== b.source.frameOfReference || a.source.modality !== b.source.modality) return false;
  if (a.source.flags.localiser !== b.source.flags.localiser || a.source.flags.doseReport !== b.source.flags.doseReport)
    return false;
  if (!samePair(a.spacing, b.spacing)) return false;
  if (!a.position || !b.position || !a.row || !b.row || !a.column || !b.column)
    return !a.position === !b.position && !a.row === !b.row && together(a, b);
  return dot(a.row, b.row) >= SAME_ANGLE && dot(a.column, b.column) >= SAME_ANGLE;
}

/** Without positions, frames of one file belong together, and slices of modalities that make slices. */
const together = (a: Slice, b: Slice): boolean =>
  a.source === b.source ||
  (a.source.format.frames === 1 &&
    b.source.format.frames === 1 &&
    STACKED.includes(a.source.modality) &&
    !a.source.flags.localiser);

function samePair(a: Slice['spacing'], b: Slice['spacing']): boolean {
  if (!a || !b) return a === b;
  return a.every((value, i) => Math.abs(value - b[i]!) <= SAME_SPACING * value);
}

/** Whether two slices show the same: their values as they are read. */
export type SamePixels = (a: Slice, b: Slice) => Promise<boolean>;

/**
 * Volumes out of slices that are alike. Where several slices lie at one place, what tells them apart (echo, b-value, time …) makes volumes
 * of them; copies are named and read once; what nothing tells apart goes by its order of acquisition.
 */
export async function candidates(slices: readonly Slice[], samePixels: SamePixels): Promise<Candidate[]> {
  const { row, column, position } = slices[0]!;
  const normal = row && column && position ? cross(row, column) : undefined;
  if (!normal) return [{ slices, normal, by: undefined, duplicates: [] }];
  const found: Candidate[] = [];
  for (const { members, by } of split(slices, normal, undefined))
    found.push(...(await settle(members, normal, by, samePixels)));
  return found;
}

type By = Candidate['by'];

/** Slices at one place each, ascending along the normal. */
function places(slices: readonly Slice[], normal: Vec3): Slice[][] {
  const sorted = slices.map((slice) => ({ slice, at: dot(slice.position!, normal) })).sort((a, b) => a.at - b.at);
  const out: Slice[][] = [];
  let last = -Infinity;
  for (const { slice, at } of sorted) {
    const near = at - last <= SAME_PLACE ? out[out.length - 1] : undefined;
    if (near && length(subtract(near[0]!.position!, slice.position!)) <= 2 * SAME_PLACE) near.push(slice);
    else out.push([slice]);
    last = at;
  }
  return out;
}

/** Slices beyond the first at their place. */
const crowd = (slices: readonly Slice[], normal: Vec3): number => slices.length - places(slices, normal).length;

function split(slices: readonly Slice[], normal: Vec3, by: By): { members: readonly Slice[]; by: By }[] {
  const at = places(slices, normal);
  const most = Math.max(...at.map((list) => list.length));
  if (most === 1) return [{ members: slices, by }];
  const before = slices.length - at.length;
  for (const trait of TRAITS) {
    const groups = new Map<string, Slice[]>();
    for (const slice of slices) {
      const value = slice.traits[trait];
      const group = groups.get(value);
      if (group) group.push(slice);
      else groups.set(value, [slice]);
    }
    // A trait that every slice has for itself (its time of acquisition) tells no volumes apart.
    if (groups.size < 2 || groups.size > most) continue;
    const after = [...groups.values()].reduce((sum, group) => sum + crowd(group, normal), 0);
    if (after >= before) continue;
    const inOrder = [...groups].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
    return inOrder.flatMap(([value, group]) => split(group, normal, { trait, value: joined(by, value) }));
  }
  return [{ members: slices, by }];
}

const joined = (by: By, value: string): string => (by && by.value !== '' ? `${by.value} ${value}`.trim() : value);

/** Copies out; the rest of what lies at one place goes into a first, second … volume, in the order of instance numbers. */
async function settle(slices: readonly Slice[], normal: Vec3, by: By, samePixels: SamePixels): Promise<Candidate[]> {
  const duplicates: string[] = [];
  const visits: Slice[][] = [];
  for (const list of places(slices, normal)) {
    const kept: Slice[] = [];
    for (const slice of [...list].sort(byInstance)) {
      let copy = false;
      for (const other of kept) copy ||= await samePixels(other, slice);
      if (copy) duplicates.push(slice.source.path);
      else kept.push(slice);
    }
    kept.forEach((slice, visit) => (visits[visit] ??= []).push(slice));
  }
  return visits.map((members, visit) => ({
    slices: members,
    normal,
    by: visits.length === 1 ? by : { trait: 'visit', value: joined(by, String(visit + 1)) },
    duplicates: visit === 0 ? duplicates : [],
  }));
}

/** In the order of acquisition as far as numbers say so, else of names. */
export const byInstance = (a: Slice, b: Slice): number =>
  (a.instance ?? 0) - (b.instance ?? 0) ||
  a.source.path.localeCompare(b.source.path, 'en', { numeric: true }) ||
  a.index - b.index ||
  (a.tile ?? 0) - (b.tile ?? 0);
