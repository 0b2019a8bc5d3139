import { z } from 'zod';

/** What went wrong, in one word; the renderer translates it (`errors.<code>`), the command line prints the English message. */
export const errorCode = z.enum([
  'file-missing',
  'file-unreadable',
  'file-damaged',
  'file-unsupported',
  'file-too-large',
  'file-no-samples',
  'table-invalid',
  'value-invalid',
  'project-missing',
  'project-exists',
  'project-locked',
  'project-newer',
  'project-damaged',
  'project-remote',
  'reader-missing',
  'sample-missing',
  'class-missing',
  'nothing-to-undo',
  'nothing-to-redo',
  'run-missing',
  'run-refused',
  'run-failed',
  'out-of-memory',
  'test-not-scored',
  'test-frozen',
  'test-scored',
  'too-few-samples',
  'engine-missing',
  'disk-full',
  'cancelled',
  'network-refused',
  'connection-lost',
  'project-changed',
  'internal',
]);
export type ErrorCode = z.infer<typeof errorCode>;

export const userErrorData = z.object({
  code: errorCode,
  /** One English sentence: what happened, to which file, why, and what to do. */
  message: z.string(),
  file: z.string().optional(),
  /** The reason alone, without the file name; a translation shows it after its own sentence. */
  reason: z.string().optional(),
});
export type UserErrorData = z.infer<typeof userErrorData>;

/**
 * An error that a person can act on. Everything else that is thrown is a defect of ours and is shown as `internal`.
 * @param reason one English clause without a final full stop; the message reads `<file>: <reason>`.
 */
export class UserError extends Error {
  readonly code: ErrorCode;
  readonly file: string | undefined;
  readonly reason: string;

  constructor(code: ErrorCode, reason: string, options: { file?: string; cause?: unknown } = {}) {
    super(options.file === undefined ? reason : `${options.file}: ${reason}`, { cause: options.cause });
    this.name = 'UserError';
    this.code = code;
    this.file = options.file;
    this.reason = reason;
  }

  toData(): UserErrorData {
    return { code: this.code, message: this.message, file: this.file, reason: this.reason };
  }

  static fromData(data: UserErrorData): UserError {
    return new UserError(data.code, data.reason ?? data.message, { file: data.file });
  }
}

/** The data of any thrown value; an unknown one becomes `internal` with its message. */
export function errorData(error: unknown): UserErrorData {
  if (error instanceof UserError) return error.toData();
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, reason: message };
}
