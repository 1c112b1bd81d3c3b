import type { WebClient } from '@slack/web-api';
import { type ByMail, RotaSourceError } from '../ports/rotas.ts';
import { failureOf } from './errors.ts';
import { idsOf } from './home.ts';
import { patiently } from './patience.ts';

/**
 * How long (ms) an answer is believed: a rota names the same few people again and again. Slack takes some fifty such questions a minute, so who is nobody is
 * believed for longer than until a rota is read next: else one with more of them would never be read to its end.
 */
const BELIEVED = { somebody: 60 * 60_000, nobody: 15 * 60_000 };
/** How many addresses are remembered. */
const REMEMBERED = 1_000;

/** Who is behind a mail address, as Slack knows it. Needs the scope `users:read.email`. `clock`: ms that only go forward. */
export function createByMail(client: WebClient, clock: () => number = () => performance.now()): ByMail {
  const known = new Map<string, { readonly user: string | null; readonly at: number }>();

  return async (address) => {
    const before = known.get(address);
    if (before !== undefined && clock() - before.at < (before.user === null ? BELIEVED.nobody : BELIEVED.somebody)) return before.user;
    const user = await ask(client, address);
    known.delete(address);
    known.set(address, { user, at: clock() });
    for (const oldest of known.keys()) if (known.size > REMEMBERED) known.delete(oldest);
    return user;
  };
}

async function ask(client: WebClient, email: string): Promise<string | null> {
  try {
    const { user } = await patiently(() => client.users.lookupByEmail({ email }));
    return user?.id === undefined ? null : idsOf(user.id, user)[0];
  } catch (cause) {
    const failure = failureOf(cause);
    if (failure.kind === 'refused' && failure.code === 'missing_scope')
      throw new RotaSourceError(
        'Slack does not tell Tocsin who has which mail address',
        'Give the app the scope users:read.email (delete “# ” before it in manifest.yml) and install it again.',
        { cause },
      );
    if (failure.kind === 'refused') return null;
    throw new RotaSourceError('Slack could not say who has which mail address', 'It is tried again.', { cause });
  }
}
