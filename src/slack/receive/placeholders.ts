import type { SlashCommand } from '../../../commands/command.ts';
import { UserError } from '../../domain/errors.ts';
import type { PersonCommand } from '../../domain/incident/commands.ts';
import { typed } from '../../lib/echo.ts';

/** A part of a usage in brackets, or a word of it. */
const PART = /\[([^\]]+)\]|(\S+)/g;
/** What a part is when people type it as it is, or something of its form: choices, flags, ids, mentions, lengths of time. */
const NOT_A_PLACEHOLDER = /[|@\d]|^-|\.\.\.|=/;

/** The words of all usages that stand for people's own: `reason`, `what fixed it`. Help prints the usages, so there is no second list. */
export function placeholdersOf(commands: readonly SlashCommand[]): ReadonlySet<string> {
  const usages = commands.flatMap(({ subcommands }) => subcommands.map(({ name, usage }) => usage.slice(name.length)));
  const parts = usages.flatMap((usage) => [...usage.matchAll(PART)].map(([, bracketed, bare]) => bracketed ?? bare ?? ''));
  return new Set(parts.filter((part) => !NOT_A_PLACEHOLDER.test(part)).map(bare));
}

/**
 * What somebody sends as it stands in the help is not what they mean, and must not become a record.
 * @throws UserError `placeholder`
 */
export function assertOwnWords(ask: PersonCommand, placeholders: ReadonlySet<string>): void {
  const found = wordsOf(ask).find((text) => placeholders.has(bare(text ?? '')));
  if (found === undefined || found === null) return;
  throw new UserError('placeholder', `“${typed(bare(found))}” only shows where your own words go. Send it again with your own words in its place.`);
}

/** What a person has typed of an ask. */
function wordsOf(ask: PersonCommand): readonly (string | null | undefined)[] {
  switch (ask.type) {
    case 'declare':
      return [ask.title, ask.impact];
    case 'assign':
    case 'change-status':
      return [ask.note];
    case 'change-impact':
      return [ask.impact];
    case 'add-note':
    case 'add-follow-up':
      return [ask.text];
    case 'post-update':
      return [ask.situation, ask.impact, ask.nextSteps];
    case 'request-notice':
      return [ask.facts, ask.impact, ask.doing, ask.eta];
    case 'notice-sent':
      return [ask.where];
    case 'resolve':
      return [ask.summary];
    case 'change-severity':
    case 'snooze':
    case 'escalate':
    case 'page':
    case 'page-on-call':
    case 'change-type':
    case 'reopen':
    case 'request-remedy':
    case 'request-extension':
    case 'reject':
    case 'withdraw':
    case 'revert':
    case 'settle-conflict':
      return [ask.reason];
    // A message that somebody pins is what was said, whatever it is.
    case 'pin-message':
    case 'acknowledge':
    case 'tick':
    case 'merge':
    case 'absorb':
    case 'finish-follow-up':
    case 'reopen-follow-up':
    case 'schedule-review':
    case 'finish-review':
    case 'close':
    case 'approve':
    case 'request-diagnosis':
    case 'answer-drill':
    case 'sign-off-drill':
    case 'finish-drill':
      return [];
  }
}

/** Without quotes, brackets and a stop around it, in any case. */
function bare(text: string): string {
  return text
    .replaceAll(/^[\s"'“”„‘’«»`[\]<>(){}]+|[\s"'“”„‘’«»`[\]<>(){}.!?]+$/g, '')
    .replaceAll(/\s+/g, ' ')
    .toLowerCase();
}
