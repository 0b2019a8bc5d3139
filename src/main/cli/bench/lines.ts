import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import type { z } from 'zod';
import { UserError } from '@shared/errors';

/**
 * What a long measurement has found so far, one JSON object a line, so that it can be ended at any moment and goes on later.
 * A last line that was cut off is dropped.
 */
export class Lines<T extends z.ZodType> {
  readonly all: z.infer<T>[] = [];

  /** @param file null: nothing is kept @throws UserError file-damaged where a line is something else */
  constructor(
    schema: T,
    private readonly file: string | null,
  ) {
    if (file === null || !existsSync(file)) return;
    const text = readFileSync(file, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    truncateSync(file, Buffer.byteLength(whole));
    whole
      .split('\n')
      .filter(Boolean)
      .forEach((line, i) => {
        const parsed = schema.safeParse(parse(line));
        if (!parsed.success)
          throw new UserError('file-damaged', `line ${i + 1} is no result of this measurement`, { file });
        this.all.push(parsed.data);
      });
  }

  add(result: z.infer<T>): void {
    this.all.push(result);
    if (this.file !== null) appendFileSync(this.file, `${JSON.stringify(result)}\n`);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
