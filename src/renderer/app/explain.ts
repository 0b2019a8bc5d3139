import type { UserErrorData } from '@shared/errors';

type Translate = (key: string, values?: Record<string, unknown>) => string;

/** An error in the person's language: what happened, to which file and why, and what to do. */
export function explain(error: UserErrorData, t: Translate): { title: string; detail: string; help: string } {
  const reason = error.reason ?? error.message;
  return {
    title: t(`errors.${error.code}.title`),
    detail: error.file ? `${error.file}: ${reason}` : reason,
    help: t(`errors.${error.code}.help`),
  };
}
