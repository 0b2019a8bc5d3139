import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const shared = resolve(root, '..', 'shared');
const reference = process.env.RESIDUA_REFERENCE ?? resolve(shared, 'reference');

/** Real data too large for the repository; tests that need it skip without it, and continuous integration may not be without it. */
export const hasShared = existsSync(resolve(shared, 'data'));
export const hasReference = existsSync(reference);
if (process.env.CI && !(hasShared && hasReference)) throw new Error('continuous integration needs the shared data');

export const sharedPath = (...parts: string[]): string => resolve(shared, ...parts);
/** Reference values computed by independent libraries; another folder by the environment variable RESIDUA_REFERENCE. */
export const referencePath = (...parts: string[]): string => resolve(reference, ...parts);
