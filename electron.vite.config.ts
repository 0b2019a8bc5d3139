import { resolve } from 'node:path';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';

const at = (path: string): string => resolve(import.meta.dirname, path);
const alias = { '@shared': at('src/shared'), '@main': at('src/main'), '@renderer': at('src/renderer') };

/**
 * Native packages, and tfjs, of which the whole process must see one instance, stay outside of the bundle.
 * Everything else goes in: the oldest Electron that we run in cannot `require` an ES module.
 */
const external = [/^libsql/, /^onnxruntime-/, /^sharp/, /^@tensorflow\//, 'electron'];

export default defineConfig({
  main: {
    resolve: { alias },
    build: {
      externalizeDeps: false,
      outDir: 'out/main',
      target: 'node20',
      rollupOptions: {
        external,
        input: {
          electron: at('src/main/electron/index.ts'),
          cli: at('src/main/cli/index.ts'),
          benchArm: at('src/main/cli/bench/armProcess.ts'),
          benchBooster: at('src/main/cli/bench/booster/process.ts'),
          compute: at('src/main/compute/entry.ts'),
          volumes: at('src/main/compute/volumes/entry.ts'),
          statistics: at('src/main/api/statistics/worker.ts'),
          feed: at('src/main/training/full/feed/worker.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      outDir: 'out/preload',
      rollupOptions: {
        input: { preload: at('src/main/electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    resolve: { alias },
    plugins: [vue()],
    build: { outDir: at('out/renderer'), target: 'chrome130', rollupOptions: { input: at('src/renderer/index.html') } },
  },
});
