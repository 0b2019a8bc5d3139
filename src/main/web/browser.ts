import type { Services } from '@main/api';

export interface BrowserShellOptions {
  /** 0 or absent: any free one. */
  readonly port?: number;
  /** Folder of the built renderer. */
  readonly root?: string;
}
export interface BrowserShell {
  readonly port: number;
  /** A fresh address with a one-time token. */
  link(): string;
  close(): Promise<void>;
}

/** Serves the renderer, the contract and the pixels on 127.0.0.1 to whoever holds a link. */
export async function serveBrowser(_services: Services, _options: BrowserShellOptions = {}): Promise<BrowserShell> {
  throw new Error('under construction');
}
