import type { ListedTurn } from '../../domain/rota/rota.ts';
import { addAll } from '../../lib/add-all.ts';
import { clamp } from '../../lib/clamp.ts';
import { own } from '../../lib/own.ts';
import { type ByMail, type NamedTurn, RotaSourceError } from '../../ports/rotas.ts';

/** How many addresses Slack is asked about for one rota. */
const MOST_ASKED = 100;
/** Characters of a name that are kept. */
const LONGEST = 80;

const ADDRESS = /^[^\s@<>]+@[^\s@<>]+$/;

/**
 * Whose turns these are: by the addresses of those who have one, else by the names of `people` that it mentions, else by an address that it consists of, else
 * by who wrote it down. What `people` of the file says wins over Slack. A turn of several is one of each, in order. @throws RotaSourceError
 */
export async function turnsOf(named: readonly NamedTurn[], people: Readonly<Record<string, string>>, byMail: ByMail): Promise<readonly ListedTurn[]> {
  const given = Object.fromEntries(Object.entries(people).map(([name, user]) => [name.toLowerCase(), user]));
  const known = new Map<string, string | null>();

  async function ask(mail: string): Promise<string | null> {
    const address = mail.toLowerCase();
    const before = own(given, address) ?? known.get(address);
    if (before !== undefined) return before;
    if (known.size >= MOST_ASKED)
      throw new RotaSourceError(`it names more than ${MOST_ASKED} mail addresses`, 'Give a calendar that has the on-call shifts alone.');
    const user = await byMail(address);
    known.set(address, user);
    return user;
  }

  async function all(mails: readonly string[]): Promise<readonly string[]> {
    const users: string[] = [];
    for (const mail of mails) {
      const user = await ask(mail);
      if (user !== null) users.push(user);
    }
    return users;
  }

  async function usersOf({ mails, says, organizer }: NamedTurn): Promise<readonly string[]> {
    const invited = await all(mails);
    if (invited.length > 0) return invited;
    const mentioned = mentionedIn(says, given);
    if (mentioned.length > 0) return mentioned;
    const spelled = ADDRESS.test(says.trim()) ? await all([says.trim()]) : [];
    // Whoever wrote it down is asked for only where it names nobody else.
    return spelled.length > 0 || mails.length > 0 || organizer === null ? spelled : all([organizer]);
  }

  const turns: ListedTurn[] = [];
  for (const one of named) {
    const users = [...new Set(await usersOf(one))];
    const { from, until } = one;
    const says = clamp(one.says.trim() || one.mails[0] || one.organizer || 'a turn without a name', LONGEST);
    addAll(
      turns,
      (users.length === 0 ? [null] : users).map((user) => ({ user, says, from, until })),
    );
  }
  return turns.toSorted((a, b) => a.from - b.from || a.until - b.until);
}

/** Whom of the file's people a text names in whole words, in the order of the text; a longer name hides a shorter one in it. */
function mentionedIn(says: string, people: Readonly<Record<string, string>>): readonly string[] {
  const text = ` ${says.toLowerCase()} `;
  const found: { readonly at: number; readonly end: number; readonly user: string }[] = [];
  for (const [name, user] of Object.entries(people).toSorted(([a], [b]) => b.length - a.length)) {
    const at = wholeWord(text, name);
    if (at !== -1 && !found.some((one) => one.at <= at && at < one.end)) found.push({ at, end: at + name.length, user });
  }
  return found.toSorted((a, b) => a.at - b.at).map(({ user }) => user);
}

function wholeWord(text: string, name: string): number {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    if (!isLetter(text[at - 1]) && !isLetter(text[at + name.length])) return at;
  }
  return -1;
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
