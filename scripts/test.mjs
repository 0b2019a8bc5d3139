/**
 * `npm test`: types, lint, format, unit, property, fuzz and reference tests, then end-to-end tests in a real browser and a real
 * Electron. What this machine cannot run is skipped with a line that says so. The last line is `N passed, N failed, N skipped`.
 * Parts by name run alone: `npm test -- types unit`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { findBrowser, findElectron, hasDisplay } from '../test/setup/machine.mjs';

const root = resolve(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed, said again under everything else: the first cause is pages above the end. */
const failures = [];

/** A tool that passes or fails as a whole. @returns what it said, once it has ended */
const tool = (command, args) => async () => {
  const child = spawn(bin(command), args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => said.push(part));
  const status = await new Promise((ended, failed) => child.once('error', failed).once('close', ended));
  total[status === 0 ? 'passed' : 'failed'] += 1;
  if (status !== 0) failures.push(`${command} ${args.join(' ')}`);
  return Buffer.concat(said).toString();
};

/** The failed tests of a vitest report, and the files that could not be loaded, each with the first lines of why. */
const failedIn = (report) =>
  report.testResults.flatMap((file) => {
    const said = (name, message) =>
      `${relative(root, file.name)} › ${name}\n    ${message.split('\n').slice(0, 6).join('\n    ')}`;
    const failed = file.assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && file.status === 'failed') return [said('(the file)', file.message ?? '')];
    return failed.map((test) => said(test.fullName, test.failureMessages.join('\n')));
  });

/** A vitest run, each of its tests counted. */
const vitest = (args, env = {}, wrap = []) => {
  const work = mkdtempSync(join(tmpdir(), 'residua-test-'));
  const report = join(work, 'report.json');
  const [command, ...rest] = [
    ...wrap,
    bin('vitest'),
    'run',
    ...args,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const { status } = spawnSync(command, rest, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (!existsSync(report)) {
    total.failed += 1;
    failures.push(`vitest ${args.join(' ')} ended without a report`);
  } else {
    const counts = JSON.parse(readFileSync(report, 'utf8'));
    total.passed += counts.numPassedTests;
    total.failed += counts.numFailedTests;
    total.skipped += counts.numPendingTests + counts.numTodoTests;
    // A file that fails to load has no tests to count.
    if (status !== 0 && counts.numFailedTests === 0) total.failed += 1;
    const failed = failedIn(counts);
    if (status !== 0 && failed.length === 0) failed.push(`vitest ${args.join(' ')} failed outside its tests`);
    failures.push(...failed);
  }
  rmSync(work, { recursive: true, force: true });
};

const skip = (part, why) => {
  console.log(`skipped: ${part} — ${why}`);
  total.skipped += 1;
};

const e2e = (shell, part) => {
  if (shell === 'browser' && !findBrowser())
    return skip(part, 'no Chromium or Chrome here (RESIDUA_BROWSER names one)');
  if (shell === 'electron' && !findElectron())
    return skip(part, 'no Electron binary here (node test/setup/electron.mjs fetches one)');
  if (shell === 'electron' && !hasDisplay()) return skip(part, 'no display and no xvfb-run here');
  const xvfb = shell === 'electron' && !process.env.DISPLAY ? ['xvfb-run', '-a', '-s', '-screen 0 1600x1000x24'] : [];
  vitest(['--config', 'vitest.e2e.config.ts'], { RESIDUA_SHELL: shell, RESIDUA_PREPARED: prepared }, xvfb);
};

/** Each uses one core: as many at a time as there are. */
const tools = {
  types: tool('vue-tsc', ['--noEmit', '-p', 'tsconfig.json']),
  lint: tool('eslint', ['.', '--max-warnings', '0']),
  build: tool('electron-vite', ['build', '--logLevel', 'warn']),
  format: tool('prettier', ['--check', '--log-level', 'warn', '.']),
  unused: tool('knip', ['--no-progress']),
};
/** Each uses the whole machine. After the build: `residua serve` serves the built window. */
const suites = {
  unit: () => vitest([]),
  browser: () => e2e('browser', 'end-to-end tests in a browser'),
  electron: () => e2e('electron', 'end-to-end tests in Electron'),
};
const parts = { ...tools, ...suites };

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}
/** Projects that end-to-end tests begin with, made once for both shells. */
const prepared = mkdtempSync(join(tmpdir(), 'residua-prepared-'));
const chosen = (of) => Object.entries(of).filter(([name]) => asked.length === 0 || asked.includes(name));
const timed = (started) => `${((Date.now() - started) / 1000).toFixed(0)} s`;

const waiting = chosen(tools);
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, run] = next;
      const started = Date.now();
      const said = await run();
      console.log(`\n— ${name}: ${timed(started)}\n${said.trim()}`);
    }
  }),
);
for (const [name, part] of chosen(suites)) {
  console.log(`\n— ${name}`);
  const started = Date.now();
  part();
  console.log(`— ${name}: ${timed(started)}`);
}
rmSync(prepared, { recursive: true, force: true });
if (failures.length > 0) console.log(`\nFailed:\n${failures.map((line) => `  ${line}`).join('\n')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 ? 1 : 0);
