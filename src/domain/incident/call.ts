import { UserError } from '../errors.ts';
import type { Person } from './commands.ts';
import { event, person } from './deciding.ts';
import type { IncidentEvent } from './events.ts';
import type { Incident } from './incident.ts';

/** What the bookmark of the link is called. */
export const CALL_TITLE = 'Call';

const MAX_LINK = 500;
/** Names in a link whose values let people in: records hold no secrets, so a link with one would not be kept whole. */
const SECRET = /pwd|pass(?:w|code|phrase|$)|secret|token|auth|key|^pin$/i;

/** Whether a text is a link for every incident of a service: `{id}` and `{service}` stand for what differs. */
export function isCallTemplate(template: string): boolean {
  const filled = fill(template, { id: 'INC-2026-0001', service: 'a' });
  return !/[{}]/.test(filled) && linkOf(filled) !== null;
}

/** Where people talk about an incident, by a link; `null` where nowhere is named. `template`: that of its service. */
export function callOf(incident: Pick<Incident, 'call' | 'id' | 'service'>, template: string | null): string | null {
  if (incident.call !== undefined) return incident.call;
  return template === null ? null : linkOf(fill(template, incident));
}

/** Another link for one incident, or none. @throws UserError `not-a-link`, `link-secret` */
export function changeCall(state: Incident, by: Person, url: string | null): readonly IncidentEvent[] {
  const link = url === null ? null : linkOf(url);
  if (url !== null && link === null)
    throw new UserError(
      'not-a-link',
      'That is no link to a call. Paste it as it is: `/incident call https://meet.example.com/checkout`. To call a person: `/page @person reason`.',
    );
  if (link !== null && namesIn(link).some((name) => SECRET.test(name)))
    throw new UserError(
      'link-secret',
      'That link contains its password, and records hold no secrets. Use a link without it, or ask whoever runs Tocsin to set it for the service in tocsin.yml (`call`): no record has that one.',
    );
  return state.call === link ? [] : [event(person(by), state.id, 'call.changed', { url: link })];
}

/** A link as Slack shows it: nothing in it ends the markup that it stands in. `null` for what is none. */
function linkOf(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '') return null;
  const link = url.href.replaceAll('|', '%7C').replaceAll('<', '%3C').replaceAll('>', '%3E');
  return link.length > MAX_LINK ? null : link;
}

/** The names of the values behind the `?` and the `#` of a link. */
function namesIn(link: string): readonly string[] {
  const { searchParams, hash } = new URL(link);
  return [...searchParams.keys(), ...new URLSearchParams(hash.slice(1)).keys()];
}

function fill(template: string, { id, service }: Pick<Incident, 'id' | 'service'>): string {
  return template.replaceAll('{id}', id.toLowerCase()).replaceAll('{service}', service);
}
