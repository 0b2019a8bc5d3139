import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');

/** Where tfjs-core is bundled, or found twice, its kernels and gradients register in another copy and every trace fails. */
it('the engine works in a bundle that keeps tfjs and onnxruntime outside, as the built app does', async () => {
  await mkdir(join(root, 'out'), { recursive: true });
  const outDir = await mkdtemp(join(root, 'out', 'bundle-test-')); // below the root, so that packages are found
  try {
    await build({
      root,
      configFile: false,
      logLevel: 'error',
      resolve: { alias: { '@shared': join(root, 'src/shared'), '@main': join(root, 'src/main') } },
      ssr: { noExternal: true },
      build: {
        ssr: join(import.meta.dirname, 'bundle-entry.ts'),
        outDir,
        target: 'node20',
        rollupOptions: {
          external: [/^onnxruntime-/, /^@tensorflow\//],
          output: { format: 'es', entryFileNames: 'entry.js' },
        },
      },
    });
    const { stdout } = await promisify(execFile)(process.execPath, [join(outDir, 'entry.js')]);
    const answer = JSON.parse(stdout) as { y: number[]; loss: number; w: number[] };
    expect(answer.y).toEqual([2, 4]);
    expect(Number.isFinite(answer.loss)).toBe(true);
    expect(answer.w.some((value) => Math.abs(value - 0.5) > 0.05)).toBe(true);
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
});
