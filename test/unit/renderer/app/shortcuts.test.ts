// @vitest-environment happy-dom
import { effectScope } from 'vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bindingOf, handleKeydown, matches, rebind, SHORTCUTS, shownBinding, useKeys } from '@renderer/app/shortcuts';
import type { KeyHandlers } from '@renderer/app/shortcuts';

const press = (key: string, code: string, init: KeyboardEventInit = {}): KeyboardEvent =>
  new KeyboardEvent('keydown', { key, code, cancelable: true, bubbles: true, ...init });

/** Dispatches from an element of the page, as a browser does. */
function pressOn(element: Element, event: KeyboardEvent): KeyboardEvent {
  document.body.append(element);
  const listen = (e: Event): void => handleKeydown(e as KeyboardEvent);
  document.addEventListener('keydown', listen);
  element.dispatchEvent(event);
  document.removeEventListener('keydown', listen);
  return event;
}
const scopes: ReturnType<typeof effectScope>[] = [];
function keys(handlers: KeyHandlers, active?: () => boolean): void {
  const scope = effectScope();
  scope.run(() => useKeys(handlers, active));
  scopes.push(scope);
}
afterEach(() => {
  for (const scope of scopes.splice(0)) scope.stop();
  document.body.replaceChildren();
  rebind({});
});

describe('bindings', () => {
  it('match the letter of the layout, and the physical key where an input method hides it', () => {
    expect(matches('U', press('u', 'KeyU'))).toBe(true);
    expect(matches('U', press('u', 'KeyF'))).toBe(true);
    expect(matches('U', press('Process', 'KeyU'))).toBe(true);
    expect(matches('U', press('ш', 'KeyU'))).toBe(true);
    expect(matches('U', press('i', 'KeyU'))).toBe(false);
  });
  it('want exactly their modifiers', () => {
    expect(matches('Ctrl+R', press('r', 'KeyR', { ctrlKey: true }))).toBe(true);
    expect(matches('Ctrl+R', press('r', 'KeyR'))).toBe(false);
    expect(matches('U', press('u', 'KeyU', { ctrlKey: true }))).toBe(false);
    expect(matches('Ctrl+Z', press('Z', 'KeyZ', { ctrlKey: true, shiftKey: true }))).toBe(false);
    expect(matches('Ctrl+Shift+Z', press('Z', 'KeyZ', { ctrlKey: true, shiftKey: true }))).toBe(true);
  });
  it('take symbols by their character, however the layout makes them', () => {
    expect(matches('?', press('?', 'Minus', { shiftKey: true }))).toBe(true);
    expect(matches('+', press('+', 'NumpadAdd'))).toBe(true);
    expect(matches('Ctrl+,', press(',', 'Comma', { ctrlKey: true }))).toBe(true);
  });
  it('leave digits to the classes, and nothing destructive on a bare letter', () => {
    for (const { binding } of Object.values(SHORTCUTS)) expect(binding).not.toMatch(/(^|\+)\d$/);
    expect(SHORTCUTS.exclude.binding).toBe('Shift+X');
  });
  it('clash nowhere within a page', () => {
    const places = [
      ['labels', 'browse'],
      ['labels', 'sample'],
      ['labels', 'view'],
      ['labels', 'suspects'],
      ['import'],
      ['train'],
    ];
    for (const place of places) {
      const used = Object.values(SHORTCUTS).filter((s) => s.scope === 'always' || place.includes(s.scope));
      expect(new Set(used.map((s) => s.binding)).size, place.join()).toBe(used.length);
    }
  });
  it('can be changed by the person, and are shown as changed', () => {
    rebind({ unsure: 'Q', nonsense: 'X' });
    expect(bindingOf('unsure')).toBe('Q');
    expect(bindingOf('confirm')).toBe('K');
    expect(shownBinding('Ctrl+Shift+Z')).toBe('Ctrl ⇧ Z');
    expect(shownBinding('Ctrl++')).toBe('Ctrl +');
  });
});

describe('a key press', () => {
  it('acts once, and never again while it is held down', () => {
    const unsure = vi.fn();
    const nextSample = vi.fn();
    keys({ unsure, nextSample });
    handleKeydown(press('u', 'KeyU'));
    handleKeydown(press('u', 'KeyU', { repeat: true }));
    expect(unsure).toHaveBeenCalledTimes(1);
    handleKeydown(press('ArrowRight', 'ArrowRight', { repeat: true }));
    expect(nextSample).toHaveBeenCalledTimes(1);
  });
  it('in a text field belongs to the field, but for the few that act there too', () => {
    const unsure = vi.fn();
    const undo = vi.fn();
    const retrain = vi.fn();
    keys({ unsure, undo, retrain });
    for (const tag of ['input', 'textarea', 'select']) {
      expect(pressOn(document.createElement(tag), press('u', 'KeyU')).defaultPrevented).toBe(false);
      pressOn(document.createElement(tag), press('z', 'KeyZ', { ctrlKey: true }));
    }
    expect(unsure).not.toHaveBeenCalled();
    expect(undo).not.toHaveBeenCalled();
    expect(pressOn(document.createElement('input'), press('r', 'KeyR', { ctrlKey: true })).defaultPrevented).toBe(true);
    expect(retrain).toHaveBeenCalledTimes(1);
  });
  it('while an input method composes is no shortcut', () => {
    const unsure = vi.fn();
    keys({ unsure });
    handleKeydown(press('u', 'KeyU', { isComposing: true }));
    expect(unsure).not.toHaveBeenCalled();
  });
  it('leaves Space and Enter to a button, arrows to a slider', () => {
    const large = vi.fn();
    const nextSample = vi.fn();
    keys({ large, nextSample });
    pressOn(document.createElement('button'), press(' ', 'Space'));
    const slider = document.createElement('input');
    slider.type = 'range';
    pressOn(slider, press('ArrowRight', 'ArrowRight'));
    expect(large).not.toHaveBeenCalled();
    expect(nextSample).not.toHaveBeenCalled();
    pressOn(document.createElement('div'), press(' ', 'Space'));
    expect(large).toHaveBeenCalledTimes(1);
  });
  it('does nothing behind an open dialog, nor on a page that is not shown', () => {
    const retrain = vi.fn();
    const unsure = vi.fn();
    keys({ retrain });
    keys({ unsure }, () => false);
    handleKeydown(press('u', 'KeyU'));
    const dialog = document.createElement('div');
    dialog.setAttribute('role', 'dialog');
    document.body.append(dialog);
    handleKeydown(press('r', 'KeyR', { ctrlKey: true }));
    expect(unsure).not.toHaveBeenCalled();
    expect(retrain).not.toHaveBeenCalled();
    dialog.remove();
    handleKeydown(press('r', 'KeyR', { ctrlKey: true }));
    expect(retrain).toHaveBeenCalledTimes(1);
  });
});
