import { vi } from 'vitest';

/** How long a test waits for what must come [ms]. vitest's own second fails a busy machine, where nothing is wrong. */
const PATIENCE = 30_000;

const { waitFor, waitUntil } = vi;
vi.waitFor = (work, options) => waitFor(work, options ?? PATIENCE);
vi.waitUntil = (work, options) => waitUntil(work, options ?? PATIENCE);
