import { z } from 'zod';

/** Who is on call, where that is not as the file says, and each change of it: records of `system`. */
export const ROTA_DATA = {
  /** Somebody stands in. `instead`: who would be on call when it begins. This record's number and `SWP-` is its id. */
  'rota.swapped': z.object({ rota: z.string(), user: z.string(), instead: z.string(), from: z.string(), until: z.string() }),
  /** A swap was taken back before its end. */
  'rota.restored': z.object({ rota: z.string(), swap: z.string(), user: z.string() }),
  /** Somebody else is on call. `until`: when that ends; `null` where nobody follows. */
  'rota.changed': z.object({ rota: z.string(), user: z.string(), before: z.string(), until: z.string().nullable() }),
} as const;
