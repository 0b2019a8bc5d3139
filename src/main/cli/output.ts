import { errorData } from '@shared/errors';

/** What a command answers: one object for `--json`, a text for people. */
export interface Answer {
  readonly json: object;
  readonly text: string;
  /** It was answered, and the answer is bad news: exit code 1. */
  readonly failed?: boolean;
}

/**
 * The only way to stdout. With `--json` it carries exactly one line; whatever else a command, a library or a child wants
 * to say goes to stderr.
 */
export class Output {
  #answered = false;
  #onProgressLine = false;

  constructor(
    readonly json: boolean,
    private readonly stdout: NodeJS.WritableStream = process.stdout,
    private readonly stderr: NodeJS.WriteStream | NodeJS.WritableStream = process.stderr,
  ) {}

  /** Once a command. */
  answer({ json, text }: Answer): void {
    if (this.#answered) throw new Error('a command answers once');
    this.#answered = true;
    this.#endProgress();
    this.stdout.write(this.json ? `${JSON.stringify(json)}\n` : `${text}\n`);
  }

  note(text: string): void {
    this.#endProgress();
    this.stderr.write(`${text}\n`);
  }

  /** One line that replaces the one before on a terminal; elsewhere it is left out. */
  progress(text: string): void {
    if (!('isTTY' in this.stderr && this.stderr.isTTY)) return;
    this.stderr.write(`\r\u001b[2K${text.slice(0, this.stderr.columns - 1)}`);
    this.#onProgressLine = true;
  }

  /** A person can act on a `UserError`; anything else is a defect of ours, and is said with where it happened. */
  fail(error: unknown): void {
    this.#endProgress();
    const { code, message, file } = errorData(error);
    if (this.json && !this.#answered) this.stdout.write(`${JSON.stringify({ error: { code, message, file } })}\n`);
    else this.stderr.write(`error: ${message}\n`);
    if (code === 'internal' && process.env.RESIDUA_DEBUG && error instanceof Error)
      this.stderr.write(`${error.stack}\n`);
  }

  #endProgress(): void {
    if (this.#onProgressLine) this.stderr.write('\n');
    this.#onProgressLine = false;
  }
}

/** Columns under headings, numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const cells = [headings, ...rows.map((row) => row.map((cell) => (cell === null ? '–' : String(cell))))];
  const widths = headings.map((_, c) => Math.max(...cells.map((row) => (row[c] ?? '').length)));
  const right = headings.map(
    (_, c) => rows.length > 0 && rows.every((row) => row[c] === null || /^[\d.,%+\-–]/.test(String(row[c]))),
  );
  return cells
    .map((row) =>
      row
        .map((cell, c) => (right[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const fixed = (value: number | null | undefined, digits = 3): string =>
  value === null || value === undefined ? '–' : value.toFixed(digits);

export const seconds = (value: number | null): string => (value === null ? '–' : `${value.toFixed(1)} s`);

/** `1 file`, `2 files`. */
export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** What stands beside every test figure (docs/science.md, section 4). */
export const scoredWords = (byRun: number, all: { times: number; runs: number }): string =>
  `The test split was scored ${counted(byRun, 'time')} by this run, ${counted(all.times, 'time')} by ${counted(all.runs, 'run')} in all.`;

/** The last line of what might be taken for a finding (docs/science.md, section 8). */
export const RESEARCH_ONLY = 'For research, not for diagnosis.';
