// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IDLE, watchIdle } from '@renderer/features/returning/idle';

describe('half an hour without a touch', () => {
  let asked = false;
  const onIdle = vi.fn(() => (asked = true));
  let watching: ReturnType<typeof watchIdle>;
  const keys: string[] = [];
  const page = (event: KeyboardEvent): number => keys.push(event.key);
  const press = (key: string): boolean =>
    window.dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true, bubbles: true }));

  beforeEach(() => {
    vi.useFakeTimers();
    asked = false;
    onIdle.mockClear();
    keys.length = 0;
    watching = watchIdle(onIdle, () => asked);
    window.addEventListener('keydown', page);
  });
  afterEach(() => {
    watching.end();
    window.removeEventListener('keydown', page);
    vi.useRealTimers();
  });

  it('asks by the clock, not before, and touches begin it anew', () => {
    vi.advanceTimersByTime(IDLE - 60_000);
    press('a');
    vi.advanceTimersByTime(IDLE - 60_000);
    expect(onIdle).not.toHaveBeenCalled();
    vi.advanceTimersByTime(90_000);
    expect(onIdle).toHaveBeenCalledTimes(1);
    expect(onIdle.mock.calls[0]).toEqual([expect.any(Number)]);
    vi.advanceTimersByTime(IDLE);
    expect(onIdle).toHaveBeenCalledTimes(1);
  });

  it('takes the first key for the question alone, also after a sleep in which no timer ran', () => {
    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    expect(press('1')).toBe(false);
    expect(onIdle).toHaveBeenCalledTimes(1);
    expect(keys).toEqual([]);
    press('Enter');
    expect(keys).toEqual(['Enter']);
    asked = false;
    watching.touched();
    press('2');
    expect(keys).toEqual(['Enter', '2']);
  });

  it('counts the time since the project was last open', () => {
    watching.touched(Date.now() - IDLE - 1);
    expect(onIdle).toHaveBeenCalledTimes(1);
  });

  it('swallows nothing where nobody is to be asked', () => {
    onIdle.mockImplementationOnce(() => (watching.touched(), false));
    vi.setSystemTime(Date.now() + IDLE);
    expect(press('1')).toBe(true);
    expect(keys).toEqual(['1']);
  });
});
