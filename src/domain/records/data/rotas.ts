import { z } from 'zod';

/** Who is on call, where that is not as the file says, and each change of it: records of `system`. */
export const ROTA_DATA = {
  /** Somebody stands in. `instead`: who would be on call when it begins; `null` for nobody. This record's number and `SWP-` is its id. */
  'rota.swapped': z.object({ rota: z.string(), user: z.string(), instead: z.string().nullable(), from: z.string(), until: z.string() }),
  /** A swap was taken back before its end. */
  'rota.restored': z.object({ rota: z.string(), swap: z.string(), user: z.string() }),
  /** Somebody else is on call, or nobody (`null`). `until`: when that ends; `null` where nothing follows. */
  'rota.changed': z.object({ rota: z.string(), user: z.string().nullable(), before: z.string().nullable(), until: z.string().nullable() }),
} as const;
