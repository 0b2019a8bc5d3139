import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classOf, type LabelChange, type LabelState } from '@shared/domain';
import { Project, type LabelSnapshot } from '@main/project';
import { Db } from '@main/project/db/sqlite';
import { verifyChain } from '@main/project/journal/events';
import { LabelView } from '@main/project/journal/labelView';
import { replay } from '@main/project/journal/replay';
import { DEVICE, Workshop, projectOf, sampleOf } from './fixture';

const SIZE = 6;
let shop: Workshop;
beforeAll(() => {
  shop = new Workshop();
});
afterAll(() => shop.clean());

const reader = fc.constantFrom('Ana', 'Ben', 'Cem');
const change: fc.Arbitrary<LabelChange> = fc.oneof(
  fc.record({ class: fc.nat(1) }),
  fc.record({
    class: fc.nat(1),
    state: fc.constantFrom<LabelState>('unsure', 'labelled'),
    note: fc.constantFrom('a', 'b', ''),
  }),
  fc.record({ state: fc.constantFrom<LabelState>('unsure', 'unlabelled') }),
  fc.record({ state: fc.constant<LabelState>('excluded'), reason: fc.constantFrom('blurred', 'cropped') }),
  fc.record({ note: fc.string({ maxLength: 3 }) }),
);
const keys = fc.uniqueArray(fc.nat(SIZE - 1), { minLength: 1, maxLength: 4 });
const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), keys, change, reader }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('undo' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('redo' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

/** What a person would expect: whole states on two stacks, written with none of the store's code. */
interface Expected {
  class: number | null;
  state: LabelState;
  reason: string | null;
  note: string | null;
  reader: string | null;
}

function expectedAfter(old: Expected, change: LabelChange, reader: string, single: boolean): Expected {
  const next = { ...old };
  if (change.note !== undefined) next.note = change.note.trim() === '' ? null : change.note;
  if (change.class === undefined && change.state === undefined) return next;
  next.reader = reader;
  next.state = change.state ?? (single ? 'checked' : 'labelled');
  next.reason = next.state === 'excluded' ? (change.reason ?? null) : null;
  if (next.state === 'unlabelled') next.class = null;
  else if (change.class !== undefined) next.class = change.class;
  return next;
}

const shown = (p: Project): Expected[] =>
  p.index
    .rows(Array.from({ length: SIZE }, (_, key) => key))
    .map((r) => ({ class: r.class, state: r.state, reason: r.reason, note: r.note, reader: r.reader }));

describe('the journal', () => {
  it('agrees with what was done, in memory, in the table, in a replay and at every earlier position', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 25 }), async (operations) => {
        const dir = await shop.create(
          projectOf(Array.from({ length: SIZE }, (_, key) => sampleOf(key, key % 3 === 2 ? { class: null } : {}))),
        );
        const open = (): Promise<Project> => Project.open(dir, { holder: 'cli', device: DEVICE });
        let p = await open();
        try {
          p.setReader('Ana');
          let now = shown(p);
          const done: Expected[][] = [];
          let undone: Expected[][] = [];
          const seen = new Map<number, { shown: Expected[]; snapshot: LabelSnapshot }>();
          for (const op of operations) {
            if (op.kind === 'set') {
              p.labels.set(op.keys, op.change, { origin: 'read', context: null, reader: op.reader });
              done.push(now);
              undone = [];
              now = now.map((old, key) =>
                op.keys.includes(key) ? expectedAfter(old, op.change, op.reader, op.keys.length === 1) : old,
              );
            } else if (op.kind === 'undo') {
              if (done.length === 0) expect(() => p.labels.undo()).toThrow('nothing to undo');
              else {
                p.labels.undo();
                undone.push(now);
                now = done.pop()!;
              }
            } else if (op.kind === 'redo') {
              if (undone.length === 0) expect(() => p.labels.redo()).toThrow('nothing to redo');
              else {
                p.labels.redo();
                done.push(now);
                now = undone.pop()!;
              }
            } else {
              await p.close();
              p = await open();
            }
            expect(shown(p)).toEqual(now);
            expect([p.labels.canUndo, p.labels.canRedo]).toEqual([done.length > 0, undone.length > 0]);
            seen.set(p.labels.position, { shown: now, snapshot: p.labels.now() });
          }
          for (const [position, then] of seen) {
            const at = p.labels.at(position);
            expect(at).toEqual(then.snapshot);
            const differs = then.shown.filter((e, key) => e.class !== now[key]!.class || e.state !== now[key]!.state);
            expect(p.labels.changedSince(position)).toBe(differs.length);
          }
          const db = Db.openReadOnly(`${dir}/project.db`);
          expect(verifyChain(db)).toBeNull();
          const table = LabelView.load(db, SIZE, p.scheme);
          const replayed = replay(db, SIZE, p.labels.position, p.scheme);
          for (let key = 0; key < SIZE; key++) {
            expect(replayed.get(key)).toEqual(table.get(key));
            // The last event of a sample says what stands.
            const last = p.labels.history(key).at(-1);
            if (last) expect([classOf(last.newValue), last.newState]).toEqual([now[key]!.class, now[key]!.state]);
          }
          db.close();
        } finally {
          await p.close();
        }
      }),
      { numRuns: 50 },
    );
  }, 180_000);

  it('joins old to new: each event starts where the one before ended', async () => {
    const p = await shop.start(3);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        for (const c of changes) {
          const needsClass = p.index.rows([0])[0]!.class === null && c.state === 'labelled' && c.class === undefined;
          if (!needsClass) p.labels.set([0], c, { origin: 'read', context: null });
          if (p.labels.position % 3 === 0) p.labels.undo();
        }
        const history = p.labels.history(0);
        history.slice(1).forEach((event, i) => {
          expect([event.oldValue, event.oldState]).toEqual([history[i]!.newValue, history[i]!.newState]);
          expect(event.clock).toBeGreaterThan(history[i]!.clock);
          expect(event.id > history[i]!.id).toBe(true);
        });
        return Promise.resolve();
      }),
      { numRuns: 20 },
    );
  }, 180_000);
});
