import type { VolumeNote } from '@shared/domain';
import type { Slice } from './picture';
import type { Lean, Place, Stack } from './stack';

/** Degrees that printed positions may lean without a tilt. */
const STRAIGHT = 0.1;
/** A stated spacing between slices is wrong beyond this share. */
const STATED = 0.05;

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const note = (code: VolumeNote['code'], values: VolumeNote['values'] = {}): VolumeNote => ({ code, values });

/** What is odd about the places of a volume's slices. */
export function stackNotes(
  slices: readonly Slice[],
  stack: Stack<Place> | undefined,
  line: Lean | undefined,
): VolumeNote[] {
  const first = slices[0]!;
  const notes: VolumeNote[] = [];
  if (!first.spacing) notes.push(note('no-spacing'));
  if (!stack || !line) {
    if (slices.length > 1)
      notes.push(
        note('no-positions', { by: slices.every((s) => s.source === first.source) ? 'frame' : 'instance number' }),
      );
    return notes;
  }
  if (slices.length === 1 && first.thickness === undefined && first.stated === undefined) notes.push(note('one-slice'));
  if (line.degrees > STRAIGHT) notes.push(note('gantry-tilt', { degrees: round(line.degrees, 1) }));
  if (stack.missing.length > 0)
    notes.push(
      note('missing-slices', {
        count: stack.missing.length,
        positions: `${stack.missing
          .slice(0, 5)
          .map((at) => round(at, 2))
          .join(', ')}${stack.missing.length > 5 ? ' …' : ''} mm`,
      }),
    );
  if (stack.uneven)
    notes.push(note('uneven-spacing', { smallest: round(stack.uneven[0], 3), largest: round(stack.uneven[1], 3) }));
  const { stated } = first;
  if (stated !== undefined && stack.step !== undefined && Math.abs(stated - stack.step) > STATED * stack.step)
    notes.push(note('stated-spacing', { stated: round(stated, 3), found: round(stack.step, 3) }));
  if (!monotonic(slices)) notes.push(note('order-repaired', { by: 'instance number' }));
  return notes;
}

/** Whether instance numbers run one way along the slices; equal and absent ones say nothing. */
function monotonic(slices: readonly Slice[]): boolean {
  const numbers = slices.flatMap(({ instance }) => (instance === undefined ? [] : [instance]));
  const rising = numbers.every((n, i) => i === 0 || n >= numbers[i - 1]!);
  return rising || numbers.every((n, i) => i === 0 || n <= numbers[i - 1]!);
}

/** What the files say of their pictures; each only once, however many files say it. */
export function fileNotes(slices: readonly Slice[]): VolumeNote[] {
  const files = [...new Set(slices.map(({ source }) => source))];
  const first = slices[0]!;
  const { format, mapped, mosaic, padding } = first.source;
  const notes: VolumeNote[] = [];
  const some = <T>(pick: (slice: (typeof files)[number]) => T | undefined): T | undefined =>
    files.map(pick).find((value) => value !== undefined);
  const flagged = (flag: 'localiser' | 'secondaryCapture' | 'doseReport' | 'derived' | 'voiLut' | 'bare'): boolean =>
    files.some(({ flags }) => flags[flag]);

  if (mosaic) notes.push(note('mosaic', { tiles: mosaic.tiles }));
  if (first.spacing && first.spacingKind === 'detector') notes.push(note('detector-spacing'));
  if (flagged('localiser')) notes.push(note('localiser'));
  if (flagged('secondaryCapture')) notes.push(note('secondary-capture'));
  if (flagged('doseReport')) notes.push(note('dose-report'));
  if (flagged('derived')) notes.push(note('derived'));
  const ratio = some(({ flags }) => flags.lossy);
  if (ratio !== undefined) notes.push(note('lossy', { ratio: ratio === '' ? '?' : `${round(Number(ratio), 1)} : 1` }));
  const burned = some(({ flags }) => flags.burnedIn);
  if (burned) notes.push(note('burned-in-text', { certain: burned }));
  if (format.photometric === 'MONOCHROME1') notes.push(note('monochrome1'));
  if (mapped === 'lut') notes.push(note('modality-lut'));
  if (mapped === 'palette') notes.push(note('palette'));
  else if (format.samples === 3 && format.photometric !== 'RGB')
    notes.push(note('colour', { from: format.photometric }));
  if (flagged('voiLut')) notes.push(note('voi-lut'));
  const overlays = Math.max(...files.map(({ flags }) => flags.overlays));
  if (overlays > 0) notes.push(note('overlays-ignored', { count: overlays }));
  const side = slices.map(({ laterality }) => laterality).find((l) => l !== '' && l !== 'U');
  if (side) notes.push(note('laterality', { side }));
  if (padding && format.samples === 1) {
    const ends = [padding.from, padding.to].map((v) => round(v * first.slope + first.intercept, 3));
    notes.push(note('padding', { value: ends[0] === ends[1] ? ends[0]! : `${ends[0]} – ${ends[1]}` }));
  }
  if (flagged('bare')) notes.push(note('no-preamble'));
  const guessed = some(({ flags }) => flags.guessed);
  if (guessed) notes.push(note('syntax-assumed', { syntax: guessed }));
  const repaired = some(({ flags }) => flags.repaired);
  if (repaired) notes.push(note('repaired', { what: repaired }));
  return notes;
}
