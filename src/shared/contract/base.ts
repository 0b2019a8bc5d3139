import { oc } from '@orpc/contract';
import { z } from 'zod';
import { readingContext } from '../domain';
import { userErrorData } from '../errors';

/** Every procedure may fail with a `USER` error: something that a person can act on. All else is a defect and arrives as INTERNAL_SERVER_ERROR. */
export const base = oc.errors({ USER: { status: 422, data: userErrorData } });
export const nothing = z.object({});
export const keys = z.array(z.number().int());
export const run = z.object({ run: z.string() });
export const task = z.object({ id: z.string() });
export const round = z.object({ round: z.number().int().positive() });
/** Of an ordinary edit: only the services say that a reading was blind. */
export const seen = readingContext.omit({ blindReread: true });
