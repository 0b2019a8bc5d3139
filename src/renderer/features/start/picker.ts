import { shallowRef } from 'vue';
import type { ShallowRef } from 'vue';
import { client, useApp } from '@renderer/stores';

export type PickWhat = 'files' | 'folder' | 'project' | 'save-csv';
export interface PickRequest {
  readonly what: PickWhat;
  /** File name for a table that is to be saved. */
  readonly suggestion: string;
}
/** Asks for paths of this machine; null where the person cancels. */
export interface Picker {
  /** What `PathChooser` asks for now; always null in Electron, which has the system's own dialog. */
  readonly request: Readonly<ShallowRef<PickRequest | null>>;
  pick(what: PickWhat, suggestion?: string): Promise<string[] | null>;
  answer(paths: string[] | null): void;
}

/** One a page, beside its `<PathChooser :picker="…" />`. */
export function usePicker(): Picker {
  const app = useApp();
  const request = shallowRef<PickRequest | null>(null);
  let settle: ((paths: string[] | null) => void) | null = null;

  function answer(paths: string[] | null): void {
    request.value = null;
    settle?.(paths);
    settle = null;
  }

  function pick(what: PickWhat, suggestion = ''): Promise<string[] | null> {
    if (app.info?.shell === 'electron') return client().app.pick({ what, ...(suggestion ? { suggestion } : {}) });
    answer(null);
    request.value = { what, suggestion };
    return new Promise((resolve) => (settle = resolve));
  }

  return { request, pick, answer };
}

/** Name and folder as one path, with the folder's own kind of separator. */
export function joinPath(dir: string, name: string): string {
  const separator = dir.includes('\\') && !dir.includes('/') ? '\\' : '/';
  return dir.endsWith(separator) ? dir + name : dir + separator + name;
}
