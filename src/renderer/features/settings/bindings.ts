import { bindingOf, SHORTCUTS } from '@renderer/app/shortcuts';
import type { Action, KeyLike } from '@renderer/app/shortcuts';

const ACTIONS = Object.keys(SHORTCUTS) as Action[];
const MODIFIERS = new Set([
  'Control',
  'Shift',
  'Alt',
  'Meta',
  'AltGraph',
  'CapsLock',
  'Dead',
  'Process',
  'Unidentified',
]);

/** What a press of keys would be as a binding, `Ctrl+Shift+Z`; null while only modifiers are down. */
export function bindingFrom(event: KeyLike): string | null {
  if (MODIFIERS.has(event.key)) return null;
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  const symbol = !letter && event.key.length === 1 && event.key !== ' ' && !/[A-Za-z0-9]/.test(event.key);
  const key =
    letter ?? (event.code === 'Space' ? 'Space' : event.key.length === 1 ? event.key.toUpperCase() : event.key);
  const parts = [
    event.ctrlKey || event.metaKey ? 'Ctrl' : '',
    event.altKey ? 'Alt' : '',
    event.shiftKey && !symbol ? 'Shift' : '',
    key,
  ];
  return parts.filter(Boolean).join('+');
}

/** Digits without a modifier are always class keys. */
export const isDigit = (binding: string): boolean => /^[0-9]$/.test(binding);

/** Scopes whose keys act at the same time. */
function meet(a: Action, b: Action): boolean {
  const [first, second]: string[] = [SHORTCUTS[a].scope, SHORTCUTS[b].scope];
  if (first === second || first === 'always' || second === 'always') return true;
  const labelling = ['labels', 'browse', 'sample', 'suspects'];
  return (first === 'labels' && labelling.includes(second!)) || (second === 'labels' && labelling.includes(first!));
}

/** The action that a binding already belongs to where both would act; null where it is free. */
export function takenBy(binding: string, action: Action): Action | null {
  return ACTIONS.find((other) => other !== action && meet(other, action) && bindingOf(other) === binding) ?? null;
}

/** Actions that nobody may lose: destructive or leaving ones are never on a bare letter. */
export const needsModifier = (action: Action): boolean =>
  SHORTCUTS[action].binding.includes('+') && SHORTCUTS[action].binding !== '+';
