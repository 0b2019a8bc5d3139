import { z } from 'zod';
import { userErrorData } from '@shared/errors';

/** The methods of a kind of child, and what each takes. */
export type Calls = Readonly<Record<string, z.ZodType>>;
export type NameOf<C extends Calls> = Extract<keyof C, string>;

/** What every parent says to its child: a question, that one is called off, that one is held. */
export const toChild = z.union([
  z.object({ id: z.number().int(), method: z.string(), params: z.unknown() }),
  z.object({ abort: z.number().int() }),
  z.object({ pause: z.number().int(), held: z.boolean() }),
]);

/** What every child says to its parent. */
export const toParent = z.union([
  z.object({ id: z.number().int(), result: z.unknown() }),
  z.object({ id: z.number().int(), progress: z.unknown() }),
  z.object({ id: z.number().int(), error: userErrorData }),
]);
export type ToParent = z.infer<typeof toParent>;
