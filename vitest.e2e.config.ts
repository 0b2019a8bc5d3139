import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const at = (path: string): string => resolve(import.meta.dirname, path);

/** End-to-end tests of the built app; `RESIDUA_SHELL` says in which shell (`browser` or `electron`). One window at a time. */
export default defineConfig({
  resolve: { alias: { '@shared': at('src/shared'), '@main': at('src/main') } },
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/setup/prepared.ts'],
    testTimeout: 180_000,
    hookTimeout: 420_000,
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
  },
});
