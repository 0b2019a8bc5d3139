import { onScopeDispose, shallowReactive } from 'vue';

/** Where a key acts. A page's keys act only while that page is shown; `always` everywhere, but never behind a dialog. */
export type Scope =
  'always' | 'labels' | 'browse' | 'sample' | 'view' | 'mask' | 'suspects' | 'import' | 'train' | 'activity';

interface Shortcut {
  readonly scope: Scope;
  readonly binding: string;
  /** Acts in text fields too. */
  readonly inText?: boolean;
  /** May repeat while it is held down; labelling never does. */
  readonly repeats?: boolean;
}

/** Every action that has a key. Digits are class keys and stand in no binding; nothing destructive is on a bare letter. */
export const SHORTCUTS = {
  retrain: { scope: 'always', binding: 'Ctrl+R', inText: true },
  undo: { scope: 'always', binding: 'Ctrl+Z' },
  redo: { scope: 'always', binding: 'Ctrl+Shift+Z' },
  hideModel: { scope: 'always', binding: 'H' },
  help: { scope: 'always', binding: '?' },
  newWindow: { scope: 'always', binding: 'Ctrl+Shift+N' },
  goBrowse: { scope: 'always', binding: 'Alt+B' },
  goView: { scope: 'always', binding: 'Alt+V' },
  goTrain: { scope: 'always', binding: 'Alt+T' },
  goCheck: { scope: 'always', binding: 'Alt+C' },
  goActivity: { scope: 'always', binding: 'Alt+A' },
  goSettings: { scope: 'always', binding: 'Ctrl+,', inText: true },
  unsure: { scope: 'labels', binding: 'U' },
  confirm: { scope: 'labels', binding: 'K' },
  accept: { scope: 'labels', binding: 'Enter' },
  exclude: { scope: 'labels', binding: 'Shift+X' },
  note: { scope: 'labels', binding: 'N' },
  large: { scope: 'labels', binding: 'Space' },
  search: { scope: 'browse', binding: '/' },
  refresh: { scope: 'browse', binding: 'F5', inText: true },
  selectAll: { scope: 'browse', binding: 'Ctrl+A' },
  biggerThumbs: { scope: 'browse', binding: '+', repeats: true },
  smallerThumbs: { scope: 'browse', binding: '-', repeats: true },
  nextSample: { scope: 'sample', binding: 'ArrowRight', repeats: true },
  previousSample: { scope: 'sample', binding: 'ArrowLeft', repeats: true },
  nextSlice: { scope: 'sample', binding: 'ArrowUp', repeats: true },
  previousSlice: { scope: 'sample', binding: 'ArrowDown', repeats: true },
  zoomIn: { scope: 'sample', binding: '+', repeats: true },
  zoomOut: { scope: 'sample', binding: '-', repeats: true },
  fit: { scope: 'sample', binding: 'F' },
  invert: { scope: 'sample', binding: 'I' },
  autoWindow: { scope: 'sample', binding: 'W' },
  back: { scope: 'sample', binding: 'Escape' },
  toolCrosshair: { scope: 'view', binding: 'C' },
  toolWindow: { scope: 'view', binding: 'W' },
  toolRuler: { scope: 'view', binding: 'M' },
  toolAngle: { scope: 'view', binding: 'Shift+M' },
  toolRoi: { scope: 'view', binding: 'Shift+E' },
  toolBox: { scope: 'view', binding: 'B' },
  newBox: { scope: 'view', binding: 'Shift+B' },
  removeBox: { scope: 'view', binding: 'Delete' },
  removeMeasure: { scope: 'view', binding: 'Backspace' },
  crosshairLines: { scope: 'view', binding: 'Shift+H' },
  nudgeLeft: { scope: 'view', binding: 'ArrowLeft', repeats: true },
  nudgeRight: { scope: 'view', binding: 'ArrowRight', repeats: true },
  nudgeUp: { scope: 'view', binding: 'Shift+ArrowUp', repeats: true },
  nudgeDown: { scope: 'view', binding: 'Shift+ArrowDown', repeats: true },
  turnLeft: { scope: 'view', binding: 'Shift+ArrowLeft', repeats: true },
  turnRight: { scope: 'view', binding: 'Shift+ArrowRight', repeats: true },
  panLeft: { scope: 'view', binding: 'Ctrl+ArrowLeft', repeats: true },
  panRight: { scope: 'view', binding: 'Ctrl+ArrowRight', repeats: true },
  panUp: { scope: 'view', binding: 'Ctrl+ArrowUp', repeats: true },
  panDown: { scope: 'view', binding: 'Ctrl+ArrowDown', repeats: true },
  viewFit: { scope: 'view', binding: 'F' },
  viewInvert: { scope: 'view', binding: 'I' },
  windowNarrower: { scope: 'view', binding: '[', repeats: true },
  windowWider: { scope: 'view', binding: ']', repeats: true },
  darker: { scope: 'view', binding: '{', repeats: true },
  brighter: { scope: 'view', binding: '}', repeats: true },
  smooth: { scope: 'view', binding: 'Shift+I' },
  slab: { scope: 'view', binding: 'Shift+S' },
  slabThicker: { scope: 'view', binding: '>', repeats: true },
  slabThinner: { scope: 'view', binding: '<', repeats: true },
  cine: { scope: 'view', binding: 'Shift+C' },
  nextLayout: { scope: 'view', binding: 'Shift+L' },
  nextPane: { scope: 'view', binding: 'Shift+V' },
  resetView: { scope: 'view', binding: 'Shift+R' },
  maskEdit: { scope: 'view', binding: 'Shift+P' },
  maskBrush: { scope: 'mask', binding: 'P' },
  maskEraser: { scope: 'mask', binding: 'E' },
  maskFill: { scope: 'mask', binding: 'G' },
  maskBall: { scope: 'mask', binding: 'D' },
  maskApply: { scope: 'mask', binding: 'Space', repeats: true },
  maskSmaller: { scope: 'mask', binding: ',', repeats: true },
  maskLarger: { scope: 'mask', binding: '.', repeats: true },
  maskLimits: { scope: 'mask', binding: 'T' },
  maskProtect: { scope: 'mask', binding: 'O' },
  maskNextSegment: { scope: 'mask', binding: 'Q' },
  maskPreviousSegment: { scope: 'mask', binding: 'Shift+Q' },
  maskAddSegment: { scope: 'mask', binding: 'Shift+A' },
  maskBetween: { scope: 'mask', binding: 'Shift+G' },
  maskLargest: { scope: 'mask', binding: 'Shift+K' },
  maskDone: { scope: 'mask', binding: 'Escape' },
  nextSuspect: { scope: 'suspects', binding: 'ArrowRight', repeats: true },
  previousSuspect: { scope: 'suspects', binding: 'ArrowLeft', repeats: true },
  importSame: { scope: 'import', binding: 'S' },
  importDifferent: { scope: 'import', binding: 'D' },
  importAllSame: { scope: 'import', binding: 'A' },
  importNext: { scope: 'import', binding: 'ArrowRight', repeats: true },
  importPrevious: { scope: 'import', binding: 'ArrowLeft', repeats: true },
  importGoOn: { scope: 'import', binding: 'Enter' },
  startTraining: { scope: 'train', binding: 'Ctrl+Enter' },
} as const satisfies Record<string, Shortcut>;
export type Action = keyof typeof SHORTCUTS;

const ACTIONS = Object.keys(SHORTCUTS) as Action[];
const rebound = shallowReactive(new Map<Action, string>());

/** Takes over what the person rebound; unknown actions are left out. */
export function rebind(bindings: Readonly<Record<string, string>>): void {
  rebound.clear();
  for (const action of ACTIONS) if (bindings[action]) rebound.set(action, bindings[action]);
}
export const bindingOf = (action: Action): string => rebound.get(action) ?? SHORTCUTS[action].binding;
export const actionsOf = (scope: Scope): Action[] => ACTIONS.filter((action) => SHORTCUTS[action].scope === scope);

export interface KeyLike {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}
const isMac = (): boolean => /mac/i.test(navigator.platform);
/** Characters that need Shift on some layouts and not on others: only the character counts. */
const SYMBOL = /^[^A-Za-z0-9]$/;

/**
 * Whether an event is this binding. Letters go by the character, or by the physical key where the layout or an input method
 * gives no Latin letter; symbols by the character alone; named keys by their name.
 */
export function matches(binding: string, event: KeyLike): boolean {
  const parts = binding.split(/\+(?=.)/);
  const key = parts.at(-1)!;
  const has = (modifier: string): boolean => parts.slice(0, -1).includes(modifier);
  const control = event.ctrlKey || (isMac() && event.metaKey);
  if (has('Ctrl') !== control || has('Alt') !== event.altKey) return false;
  if (event.metaKey && !isMac()) return false;
  if (SYMBOL.test(key)) return event.key === key || (key === '+' && event.code === 'NumpadAdd');
  if (has('Shift') !== event.shiftKey) return false;
  if (key === 'Space') return event.code === 'Space';
  if (!/^[A-Z]$/.test(key)) return event.key === key;
  return /^[a-z]$/i.test(event.key) && !event.altKey ? event.key.toUpperCase() === key : event.code === `Key${key}`;
}

/** `Ctrl+Shift+Z` as it is printed: `Ctrl ⇧ Z`. */
export function shownBinding(binding: string): string {
  const names: Record<string, string> = {
    ArrowRight: '→',
    ArrowLeft: '←',
    ArrowUp: '↑',
    ArrowDown: '↓',
    Shift: '⇧',
    Escape: 'Esc',
    Enter: '⏎',
    ...(isMac() ? { Ctrl: '⌘', Alt: '⌥' } : {}),
  };
  return binding
    .split(/\+(?=.)/)
    .map((part) => names[part] ?? part)
    .join(' ');
}

/** Text fields own their keys. */
export function ownsText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'range', 'button', 'submit', 'color'].includes(target.type);
  return target instanceof HTMLSelectElement;
}

/** Controls own the keys that work them: Space and Enter on a button, arrows on a slider. */
export function ownsKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (key === 'Enter' || key === ' ')
    return target.closest('button, a[href], summary, input, [role="menuitem"], [role="tab"]') !== null;
  if (key.startsWith('Arrow') || ['Home', 'End', 'PageUp', 'PageDown', '+', '-'].includes(key))
    return target.closest('input[type="range"], input[type="radio"], [role="menu"]') !== null;
  return false;
}

export type KeyHandlers = Partial<Record<Action, (event: KeyboardEvent) => void>> & {
  /** Before the actions; true: the key was taken (class keys). */
  key?: (event: KeyboardEvent) => boolean;
};
interface Layer {
  readonly active: () => boolean;
  readonly handlers: KeyHandlers;
}
const layers: Layer[] = [];

/**
 * Keys of a page or a part of it, for as long as the calling scope lives and `active()` is true; the layer that came last is
 * asked first.
 */
export function useKeys(handlers: KeyHandlers, active: () => boolean = () => true): void {
  const layer = { active, handlers };
  layers.push(layer);
  onScopeDispose(() => void layers.splice(layers.indexOf(layer), 1));
}

const first = new Set<() => void>();
/** Called before any key is looked at, for as long as the calling scope lives: whatever still waits is done then. */
export function beforeEveryKey(settle: () => void): void {
  first.add(settle);
  onScopeDispose(() => void first.delete(settle));
}

/** The one listener of the window. */
export function handleKeydown(event: KeyboardEvent): void {
  for (const settle of first) settle();
  if (event.defaultPrevented || event.isComposing) return;
  // Behind an open dialog nothing may happen.
  if (document.querySelector('[role="dialog"], [role="alertdialog"]')) return;
  const text = ownsText(event.target);
  for (const layer of [...layers].reverse()) {
    if (!layer.active()) continue;
    if (!text && layer.handlers.key?.(event)) return event.preventDefault();
    for (const action of ACTIONS) {
      const handler = layer.handlers[action];
      if (!handler || !matches(bindingOf(action), event)) continue;
      const shortcut: Shortcut = SHORTCUTS[action];
      if (text && !shortcut.inText) return;
      if (ownsKey(event.target, event.key)) return;
      event.preventDefault();
      if (!event.repeat || shortcut.repeats) handler(event);
      return;
    }
  }
}

/** Starts listening. @returns ends it */
export function listenToKeys(target: Window = window): () => void {
  target.addEventListener('keydown', handleKeydown);
  return () => target.removeEventListener('keydown', handleKeydown);
}
