import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { forkSpawner, type Spawner } from '@main/compute';

const root = resolve(import.meta.dirname, '../../..');

/** The compute process as it is shipped, built from the present sources inside the checkout, where it finds its packages. */
export async function builtCompute(): Promise<{ spawner: Spawner; remove(): void }> {
  const cache = resolve(root, 'node_modules', '.cache', 'residua-test', `api-${process.pid}-${Date.now()}`);
  const outDir = join(cache, 'out', 'main');
  mkdirSync(outDir, { recursive: true });
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    resolve: { alias: { '@shared': resolve(root, 'src/shared'), '@main': resolve(root, 'src/main') } },
    ssr: { noExternal: true, external: ['libsql', 'sharp', 'onnxruntime-node', '@tensorflow/tfjs-core'] },
    build: {
      ssr: true,
      outDir,
      minify: false,
      rollupOptions: {
        input: {
          compute: resolve(root, 'src/main/compute/entry.ts'),
          feed: resolve(root, 'src/main/training/full/feed/worker.ts'),
        },
        external: [/^libsql/, /^onnxruntime-/, /^sharp/, /^@tensorflow\//],
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  });
  return {
    spawner: forkSpawner(join(outDir, 'compute.js')),
    remove: () => rmSync(cache, { recursive: true, force: true }),
  };
}
