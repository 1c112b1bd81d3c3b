import { dayIn } from '../../lib/zoned.ts';
import type { Incident } from './incident.ts';

/** What a name of a channel is made of, as `channels.name` has it. */
const PARTS = ['id', 'slug', 'severity', 'service', 'date'] as const;
type Part = (typeof PARTS)[number];

/** The name of a channel where nobody says otherwise. */
export const PLAIN_NAME = '{id}';

/** What Slack takes (docs.slack.dev/reference/methods/conversations.create). */
const MAX_NAME = 80;
/** Room for what is put behind a name that is taken: `-room`, or a dash and 8 digits. */
const SPARE = 9;
/** An id with a number of six digits. */
const LONGEST_ID = 'inc-2026-123456';
/** A slug that is shorter says nothing. */
const MIN_SLUG = 12;
/** What stands for a title of which no letter can be written so. */
const NO_SLUG = 'incident';

/** Letters that are no letter with a mark, each with what it is written as: of Latin, Cyrillic and Greek. */
const WRITTEN = [
  'ßss æae œoe øo đd ðd łl þth ıi ħh аa бb вv гg ґg дd еe єye жzh зz иi іi кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh',
  'щshch ъ ыy ь эe юyu яya αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo',
];
const LETTERS: ReadonlyMap<string, string> = new Map(
  WRITTEN.flatMap((line) => line.split(' ').map((word) => [word.slice(0, 1), word.slice(1)] as const)),
);

/** What is wrong with a template, as the end of a sentence that names its key; `null` when nothing is. `service`: its id. */
export function nameProblem(template: string, service: string): string | null {
  const unknown = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, part = '']) => part).find((part) => !isPart(part));
  if (unknown !== undefined) return `{${unknown}} is not known; a name is made of ${PARTS.map((part) => `{${part}}`).join(', ')}`;
  if (!template.includes('{id}')) return 'expected {id} in it: without it two incidents may want the same name';
  if (!/^[a-z0-9_-]*$/.test(template.replaceAll(/\{[a-z]+\}/g, ''))) return 'expected lower-case letters, digits, - and _ beside the parts in braces';
  const fixed = filled(template, { id: LONGEST_ID, slug: '', severity: 'p0', service, date: '2026-12-31' }).length;
  const longest = fixed + (template.includes('{slug}') ? MIN_SLUG : 0);
  return longest > MAX_NAME - SPARE
    ? `gives names of ${longest} characters; Slack takes ${MAX_NAME}, and ${SPARE} of them are kept for a name that is taken`
    : null;
}

/**
 * What the channel of an incident is to be called. Nobody outside of a private one reads its title in a name, and a drill looks like no incident: both have
 * their id alone. Pure.
 */
export function roomName(
  template: string,
  incident: Pick<Incident, 'id' | 'title' | 'severity' | 'service' | 'private' | 'drill' | 'milestones' | 'policy'>,
): string {
  const id = incident.id.toLowerCase();
  if (incident.private || incident.drill !== undefined) return id;
  const parts = {
    id,
    severity: incident.severity.toLowerCase(),
    service: incident.service,
    date: dayIn(incident.policy.time_zone, incident.milestones.declared),
  };
  const left = MAX_NAME - SPARE - filled(template, { ...parts, slug: '' }).length;
  return filled(template, { ...parts, slug: slugOf(incident.title, left) });
}

/** Words of a title as a part of a name: small letters, digits and dashes, at most so many. Never empty. */
export function slugOf(title: string, length: number): string {
  const latin = title
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]/g, (letter) => LETTERS.get(letter) ?? '-');
  const words = latin.replaceAll(/-+/g, '-').replaceAll(/^-|-$/g, '') || NO_SLUG;
  if (words.length <= length) return words;
  const cut = words.slice(0, length);
  // At the end of a word, unless that leaves next to nothing.
  const end = words[length] === '-' ? length : cut.lastIndexOf('-');
  return cut.slice(0, end >= MIN_SLUG / 2 ? end : length).replaceAll(/-+$/g, '');
}

/** An id says that it is an incident's, so what stands before it need not. */
function filled(template: string, parts: Readonly<Record<Part, string>>): string {
  return template.replaceAll(/\{([a-z]+)\}/g, (whole, part: string) => (isPart(part) ? parts[part] : whole)).replaceAll(/inc-(?=inc-\d)/g, '');
}

function isPart(text: string): text is Part {
  return (PARTS as readonly string[]).includes(text);
}
