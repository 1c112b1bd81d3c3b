import { z } from 'zod';
import { asJson } from '../../domain/json.ts';
import type { Json } from '../../domain/record.ts';
import type { Rotas } from '../../domain/rota/called.ts';
import { isListed } from '../../domain/rota/rota.ts';
import { smallest } from '../../lib/numbers.ts';
import { own } from '../../lib/own.ts';

const turn = z.object({ user: z.string().nullable(), says: z.string(), from: z.number(), until: z.number() });

/** The last good copy of a rota that is kept elsewhere. */
const copySchema = z.object({
  /** Where it was read, as it was configured then. */
  source: z.string(),
  /** What the source gave to learn cheaply whether something has changed. */
  tag: z.string().nullable(),
  /** When all of it was read, beside only learning that nothing has changed; ms. */
  wholeAt: z.number(),
  /** `null`: it was never read. */
  list: z.object({ turns: z.array(turn), from: z.number(), until: z.number(), readAt: z.number() }).nullable(),
  /** Since when it cannot be read, why, and whether people were told. */
  away: z.object({ since: z.number(), why: z.string(), told: z.boolean() }).nullable(),
  /** What was left out, in sentences. */
  problems: z.array(z.string()),
  /** What people were told last of what was left out, by its digest, and when (ms). */
  said: z.object({ digest: z.string(), at: z.number() }).nullable().default(null),
});
export type RotaCopy = z.infer<typeof copySchema>;

/** A copy as the database has it; `null` for none, or one of another source or version. */
export function copyOf(lists: Readonly<Record<string, Json>>, rota: string, source: string | undefined): RotaCopy | null {
  const parsed = copySchema.safeParse(own(lists, rota));
  return parsed.success && parsed.data.source === source ? parsed.data : null;
}

export function storedCopy(copy: RotaCopy): Json {
  return asJson(copy);
}

/** When the oldest of the copies was read (ms); `null` where one was never read, or there is none. */
export function oldestRead(sources: Readonly<Record<string, string>>, lists: Readonly<Record<string, Json>>): number | null {
  const read = Object.entries(sources).map(([id, source]) => copyOf(lists, id, source)?.list?.readAt ?? null);
  return read.length === 0 || read.includes(null) ? null : smallest(read.map((at) => at ?? 0));
}

/** The rotas of the file, with the turns of those that are kept elsewhere. `sources`: where each of these is, as configured. */
export function withCopies(rotas: Rotas['rotas'], sources: Readonly<Record<string, string>>, lists: Readonly<Record<string, Json>>): Rotas['rotas'] {
  return Object.fromEntries(
    Object.entries(rotas).map(([id, rota]) => {
      const copy = isListed(rota) ? copyOf(lists, id, own(sources, id)) : null;
      return [id, copy === null || !isListed(rota) ? rota : { ...rota, list: copy.list, away: copy.away }];
    }),
  );
}
