import type { z } from 'zod';

/** What records carry, by type, as their schemas say. */
export type DataOf<Schemas> = { [T in keyof Schemas]: Schemas[T] extends z.ZodType ? z.output<Schemas[T]> : never };
