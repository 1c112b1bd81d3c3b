import type { Who } from './policy.ts';

/** A person in a sentence: a mention that whoever shows it may turn into a name. */
export function mention(id: string): string {
  return `<@${id}>`;
}

/** A person or a group in a sentence. */
export function sayWho(who: Who): string {
  return 'user' in who ? mention(who.user) : `<!subteam^${who.usergroup}>`;
}
