import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type Sharp from 'sharp';

let loaded: Promise<typeof Sharp> | undefined;

/** libvips, loaded with the first picture: a start, and most commands, do without. */
export function libvips(): Promise<typeof Sharp> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<typeof Sharp> {
  if (process.versions.electron && process.platform === 'linux') takeWebAssembly();
  const { default: sharp } = await import('sharp');
  // Decoded files are never asked for twice in a row; the cache would only hold memory.
  sharp.cache(false);
  return sharp;
}

/**
 * In Electron on Linux the window's GLib is in the process already, and the native build, which brings its own, ends the app with
 * SIGTRAP at the first picture. The WebAssembly build of the same version gives the same values in some three times the time.
 * sharp has no option for it, so its place among the loaded modules is taken before sharp asks for the native one.
 */
function takeWebAssembly(): void {
  const own = createRequire(import.meta.url);
  const bySharp = createRequire(own.resolve('sharp'));
  const binding = own('@img/sharp-wasm32/sharp.node') as Record<string, unknown>;
  // Asked of the native build alone, for its own instruction set.
  binding._isUsingX64V2 = () => true;
  const id = bySharp.resolve(`@img/sharp-linux-${process.arch}/sharp.node`);
  const { cache } = bySharp;
  cache[id] = {
    id,
    filename: id,
    path: dirname(id),
    exports: binding,
    loaded: true,
    children: [],
    paths: [],
    parent: undefined,
    isPreloading: false,
    require: bySharp,
  };
}
