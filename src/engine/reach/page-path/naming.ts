import type { PathTried } from '../../../domain/page-path/standing.ts';
import type { PathDeps } from './ports.ts';

/** Says whoever is only named, and well reached, by what they are called: a mention would notify them, each night. */
export async function namesIn({ nameOf }: Pick<PathDeps, 'nameOf'>, tried: PathTried | null): Promise<(user: string) => string> {
  const named = [...(tried?.failed ?? []), ...(tried?.unseen ?? [])].filter(({ way }) => way === 'address');
  const users = [...new Set(named.map(({ what }) => what))];
  const names = new Map(await Promise.all(users.map(async (user) => [user, await nameOf(user)] as const)));
  return (user) => names.get(user) ?? user;
}
