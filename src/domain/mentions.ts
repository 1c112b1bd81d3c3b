import type { Who } from './policy.ts';

/** Who was called, by the line of a rota that called them. */
type OnCall = Readonly<Record<string, string>>;

/** A person in a sentence: a mention that whoever shows it may turn into a name. */
export function mention(id: string): string {
  return `<@${id}>`;
}

/** The key of a line that names a rota. */
function rotaLine({ rota, turn }: Extract<Who, { readonly rota: string }>): string {
  return turn === undefined ? rota : `${rota}:${turn}`;
}

/** Whom lines of a rota have called by now, after one more call. */
export function calledOnCall(before: OnCall, who: Who, [user]: readonly string[]): OnCall {
  return 'rota' in who && user !== undefined ? { ...before, [rotaLine(who)]: user } : before;
}

/** The same as `sayWho`, with a mention of who was called for the rota, once that is known. */
export function sayCallee(who: Who, onCall: OnCall = {}): string {
  const user = 'rota' in who ? onCall[rotaLine(who)] : undefined;
  return user === undefined ? sayWho(who) : `${mention(user)} (${sayWho(who)})`;
}

/** A person, a group or who is on call in a sentence. */
export function sayWho(who: Who): string {
  if ('rota' in who) return `${who.turn === 'next' ? 'next on call' : 'on call'} for ${who.rota}`;
  return 'user' in who ? mention(who.user) : `<!subteam^${who.usergroup}>`;
}
