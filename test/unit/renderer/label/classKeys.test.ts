import { describe, expect, it } from 'vitest';
import type { LabelClass } from '@shared/domain';
import { classKeys, ClassKeyReader, classKeyWords } from '@renderer/features/label/classKeys';
import { SHORTCUTS } from '@renderer/app/shortcuts';

const classes = (count: number, key: (i: number) => string | null = () => null): LabelClass[] =>
  Array.from({ length: count }, (_, i) => ({
    id: i,
    name: `class ${i}`,
    short: `c${i}`,
    colour: '#E69F00',
    key: key(i),
    order: i,
  }));
const event = (code: string, init: Partial<KeyboardEvent> = {}): KeyboardEvent =>
  ({ code, ctrlKey: false, altKey: false, metaKey: false, shiftKey: false, ...init }) as KeyboardEvent;

describe('keys of classes', () => {
  it('are the digits first, in order', () => {
    const keys = classKeys(classes(10));
    expect(classKeyWords(keys.get(0))).toBe('1');
    expect(classKeyWords(keys.get(9))).toBe('0');
  });
  it('keep what the project says', () => {
    const keys = classKeys(classes(3, (i) => (i === 2 ? 'Digit1' : null)));
    expect(keys.get(2)).toEqual(['Digit1']);
    expect(keys.get(0)).toEqual(['Digit2']);
  });
  it.each([11, 20, 30, 50])('give each of %i classes one of its own, and none of the shortcuts', (count) => {
    const keys = classKeys(classes(count));
    expect(keys.size).toBe(count);
    const shown = [...keys.values()].map((key) => key.join());
    expect(new Set(shown).size).toBe(count);
    const firsts = new Set([...keys.values()].filter((k) => k.length === 1).map((k) => k[0]));
    for (const [first, second] of keys.values()) if (second) expect(firsts.has(first)).toBe(false);
    const letters = Object.values(SHORTCUTS).map((s) => `Key${s.binding}`);
    for (const [first] of keys.values()) expect(letters).not.toContain(first);
  });
  it('go by the physical key: layouts, input methods and the number pad change nothing', () => {
    const keys = classKeys(classes(3));
    const reader = new ClassKeyReader();
    expect(reader.read(event('Digit2', { key: 'é' }), keys, 0)).toEqual({ kind: 'class', id: 1 });
    expect(reader.read(event('Digit2', { key: 'Process' }), keys, 0)).toEqual({ kind: 'class', id: 1 });
    expect(reader.read(event('Numpad3'), keys, 0)).toEqual({ kind: 'class', id: 2 });
    expect(reader.read(event('Digit9'), keys, 0)).toBeNull();
    expect(reader.read(event('Digit2', { ctrlKey: true }), keys, 0)).toBeNull();
  });
  it('of two strokes wait for the second one, but not for ever', () => {
    const keys = classKeys(classes(40));
    const [id, code] = [...keys].find(([, key]) => key.length === 2)!;
    const reader = new ClassKeyReader();
    expect(reader.read(event(code[0]), keys, 0)).toEqual({ kind: 'leader' });
    expect(reader.read(event(code[1]!), keys, 100)).toEqual({ kind: 'class', id });
    expect(reader.read(event(code[0]), keys, 1000)).toEqual({ kind: 'leader' });
    const late = reader.read(event(code[1]!), keys, 9000);
    expect(late).not.toEqual({ kind: 'class', id });
  });
});
