import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

export interface StaticFile {
  readonly type: string;
  readonly body: Buffer<ArrayBuffer>;
  /** Its name holds a hash of its bytes, so it never changes. */
  readonly immutable: boolean;
}

/** Folder of the built renderer, from a build or from sources. @throws Error where it was not built */
export function rendererDir(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const dir = join(at, 'out', 'renderer');
    if (existsSync(join(dir, 'index.html'))) return dir;
    if (dirname(at) === at) throw new Error('out/renderer is missing: run `npm run build`');
  }
}

/**
 * One file below a fixed root, by the path of a URL; null where there is none. Nothing outside of the root is ever
 * read, however the path is written or linked, nor anything of a type that a window has no use for.
 */
export async function staticFile(root: string, urlPath: string): Promise<StaticFile | null> {
  let path: string;
  try {
    path = decodeURIComponent(urlPath);
  } catch {
    return null;
  }
  if (/[\0\\]/.test(path) || path.split('/').some((part) => part === '..' || part.startsWith('.'))) return null;
  const top = await realpath(root);
  const file = resolve(top, `.${path === '/' ? '/index.html' : path}`);
  const type = TYPES[extname(file).toLowerCase()];
  if (!type || !file.startsWith(top + sep)) return null;
  try {
    if ((await realpath(file)) !== file || !(await stat(file)).isFile()) return null;
    return { type, body: await readFile(file), immutable: path.startsWith('/assets/') };
  } catch {
    return null;
  }
}
