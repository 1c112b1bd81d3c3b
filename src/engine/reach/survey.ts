import { mention, sayWho } from '../../domain/mentions.ts';
import type { Who } from '../../domain/policy.ts';
import { saySlackError } from '../../domain/slack-error-words.ts';
import { plural } from '../../lib/plural.ts';
import type { Line } from './ports.ts';

/** What stands between Tocsin and a person: Slack's code, or `guest` or `outside` for who is told but may not act. */
interface Standing {
  readonly name: string;
  readonly unreachable: string | null;
  readonly powerless: 'guest' | 'outside' | null;
}

/** Looks at people and groups without telling anybody anything. What may pass is thrown. */
export interface Surveyor {
  members(who: Who): Promise<Line>;
  standing(user: string): Promise<Standing>;
}

export interface SurveyedService {
  readonly id: string;
  /** Every line of the configuration that calls somebody, with its place there. */
  readonly lines: readonly { readonly line: string; readonly who: Who }[];
  /** People of its rotas who are not called tonight, and will be; with their place in the file. */
  readonly standby: readonly { readonly line: string; readonly user: string }[];
}

export interface Survey {
  readonly service: string;
  readonly reached: readonly string[];
  readonly unreached: readonly { readonly user: string; readonly name: string; readonly why: string }[];
  /** Lines of the configuration that could not act: `shop.escalation[1]`. */
  readonly idle: readonly { readonly line: string; readonly who: string; readonly why: string }[];
}

/** Whom a P0 of a service would reach if it were declared now, and whom not. */
export async function surveyService(surveyor: Surveyor, { id, lines, standby }: SurveyedService): Promise<Survey> {
  const people = new Map<string, Standing>();
  const idle: Survey['idle'][number][] = [];
  for (const { who, line } of lines) {
    const { users, error } = await surveyor.members(who);
    for (const user of users) if (!people.has(user)) people.set(user, await surveyor.standing(user));
    const why = error ?? whyIdle(users.flatMap((user) => people.get(user) ?? []));
    if (why !== null) idle.push({ line: `${id}.${line}`, who: sayWho(who), why: sayStanding(why) });
  }
  for (const { user, line } of standby) {
    const why = whyIdle([people.get(user) ?? (await surveyor.standing(user))]);
    if (why !== null) idle.push({ line, who: mention(user), why: sayStanding(why) });
  }
  const all = [...people];
  return {
    service: id,
    reached: all.filter(([, { unreachable }]) => unreachable === null).map(([user]) => user),
    unreached: all.flatMap(([user, { name, unreachable }]) => (unreachable === null ? [] : [{ user, name, why: sayStanding(unreachable) }])),
    idle,
  };
}

/** Why nobody of a line could act; `null` when somebody could. */
function whyIdle(line: readonly Standing[]): string | null {
  if (line.some(({ unreachable, powerless }) => unreachable === null && powerless === null)) return null;
  return line[0]?.unreachable ?? line[0]?.powerless ?? 'empty';
}

/** One sentence for people, and one for each line that could not act. `who` says a person: a mention, or a name. */
export function saySurvey({ service, reached, unreached, idle }: Survey, who: (person: { user: string; name: string }) => string): readonly string[] {
  const missing = unreached.map((one) => `${who(one)}, because ${one.why}`).join('; ');
  const rest = unreached.length === 0 ? '' : `; ${unreached.length} cannot be reached: ${missing}`;
  return [
    `A P0 of ${service} tonight reaches ${plural(reached.length, 'person', 'people')}${rest}.`,
    ...idle.map(({ line, who: named, why }) => `${line} (${named}) could not act: ${why}.`),
  ];
}

function sayStanding(code: string): string {
  if (code === 'guest') return 'a guest may not act on incidents';
  if (code === 'outside') return 'somebody of another workspace may not act on incidents';
  return saySlackError(code);
}
