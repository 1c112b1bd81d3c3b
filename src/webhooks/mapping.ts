import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Json } from '../domain/record.ts';
import type { Link } from '../domain/records/data/alerts.ts';
import type { Severity } from '../domain/severity.ts';
import { boundLabels, type LabelledSignal } from '../engine/alerts/signal.ts';
import { expressionsOver, type Prepared } from '../engine/runbooks/load/expressions.ts';
import { clamp, headOf } from '../lib/clamp.ts';
import { webLinks } from './alertmanager.ts';
import type { Read } from './labelled.ts';
import { severityOf } from './severities.ts';

/** How a body becomes alerts: CEL over `body`, `item` (one of `each`, else the body) and `header`. */
export interface MappingFields {
  readonly each?: string | undefined;
  readonly when?: string | undefined;
  readonly key?: string | undefined;
  readonly title?: string | undefined;
  readonly state?: string | undefined;
  readonly severity?: string | undefined;
  readonly summary?: string | undefined;
  readonly links?: string | undefined;
  readonly labels?: string | undefined;
  readonly service?: string | undefined;
  readonly at?: string | undefined;
}

export interface MappingTerms {
  /** The webhook's name under webhooks.generic. */
  readonly name: string;
  readonly otherwise: string | null;
  readonly severities: Readonly<Record<string, Severity>>;
  readonly services: readonly string[];
  /** Headers that say who sends it, beside those whose names look like that: no matter of a mapping. */
  readonly secretHeaders?: readonly string[];
}

/** What of a mapping said nothing for a body, with why: `alert try` shows it. */
export interface Silent {
  readonly field: string;
  readonly why: string;
}

const EXPRESSIONS = expressionsOver({ body: z.unknown(), item: z.unknown(), header: z.unknown() });
const TYPES: Readonly<Record<keyof MappingFields, 'bool' | 'string' | 'any'>> = {
  each: 'any',
  when: 'bool',
  key: 'string',
  title: 'string',
  state: 'any',
  severity: 'string',
  summary: 'string',
  links: 'any',
  labels: 'any',
  service: 'string',
  at: 'any',
};
/** Items of one body; more are refused. */
const MAX_ITEMS = 500;
const FIELDS = [
  'each',
  'when',
  'key',
  'title',
  'state',
  'severity',
  'summary',
  'links',
  'labels',
  'service',
  'at',
] as const satisfies readonly (keyof MappingFields)[];
/** Headers that say who sends it are no matter of a mapping. */
const SECRET_HEADERS = /^(authorization|cookie|proxy-authorization)$|token|secret|signature|api-?key/i;

/** What is wrong with a mapping's expressions, each with its field. */
export function mappingProblems(fields: MappingFields): readonly { readonly field: string; readonly problem: string }[] {
  return FIELDS.flatMap((field) => {
    const text = fields[field];
    const problem = text === undefined ? null : EXPRESSIONS.check(text, TYPES[field]);
    return problem === null ? [] : [{ field, problem }];
  });
}

/** What a mapping makes of a body. What it needs and does not find is a problem; what else is missing is left out, and told to `onSilent`. Pure. */
export function readMapped(
  fields: MappingFields,
  terms: MappingTerms,
  body: unknown,
  headers: IncomingHttpHeaders,
  onSilent: (silent: Silent) => void = () => undefined,
): Read {
  try {
    // The body is made ready once: it may be large, and there are many expressions over it.
    const values = prepared({ body: body as Json, header: headersOf(headers, terms.secretHeaders ?? []), item: {} });
    const items = fields.each === undefined ? null : listOf(evaluate('each', values));
    if (items === null) return { ok: true, signals: signalOf({ ...values, item: values['body'] }) };
    if (items.length > MAX_ITEMS) return { ok: false, problem: `each: ${items.length} items, expected ${MAX_ITEMS} at most` };
    return { ok: true, signals: items.flatMap((item) => signalOf({ ...values, ...prepared({ item }) })) };
  } catch (error) {
    if (error instanceof Unmapped) return { ok: false, problem: error.message };
    throw error;
  }

  function signalOf(all: Prepared): LabelledSignal[] {
    if (fields.when !== undefined && evaluate('when', all) !== true) return [];
    const optional = (field: keyof MappingFields): Json => {
      if (fields[field] === undefined) return null;
      try {
        return evaluate(field, all);
      } catch (error) {
        if (!(error instanceof Unmapped)) throw error;
        onSilent({ field, why: error.message });
        return null;
      }
    };
    const key = headOf(needed('key', all), 300);
    const title = needed('title', all);
    const state = stateOf(evaluate('state', all));
    const named = textOf(optional('service'));
    return [
      {
        source: 'webhook',
        from: terms.name,
        key: `webhook:${terms.name}:${key}`,
        state,
        title: clamp(title, 150),
        summary: clamp(textOf(optional('summary')) ?? title, 1_500),
        severity: severityOf(textOf(optional('severity')), terms.severities),
        service: named !== null && terms.services.includes(named) ? named : null,
        otherwise: terms.otherwise,
        labels: labelsOf(optional('labels')),
        at: momentOf(optional('at')),
        links: linksOf(optional('links')),
      },
    ];
  }

  function needed(field: 'key' | 'title', all: Prepared): string {
    const text = textOf(evaluate(field, all));
    if (text === null) throw new Unmapped(`${field}: is empty`);
    return text;
  }

  function evaluate(field: keyof MappingFields, all: Prepared): Json {
    try {
      return EXPRESSIONS.evaluatePrepared(fields[field] ?? '', all);
    } catch (cause) {
      throw new Unmapped(`${field}: ${clamp(cause instanceof Error ? cause.message : String(cause), 300)}`, { cause });
    }
  }
}

/** Values as expressions take them; what is null is empty. */
function prepared(values: Readonly<Record<string, Json>>): Prepared {
  return EXPRESSIONS.prepare(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? {}])));
}

/** The body is not what the mapping expects. */
class Unmapped extends Error {}

function stateOf(value: Json): LabelledSignal['state'] {
  if (value === true || value === 'firing') return 'firing';
  if (value === false || value === 'resolved') return 'resolved';
  throw new Unmapped(`state: ${JSON.stringify(value)?.slice(0, 80)}, expected "firing" or "resolved", or true or false`);
}

function listOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value;
  throw new Unmapped('each: is no list');
}

function textOf(value: Json): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** A map of texts; or a list of `name:value`, as tags are. */
function labelsOf(value: Json) {
  if (Array.isArray(value)) return boundLabels(Object.fromEntries(value.flatMap((tag) => (typeof tag === 'string' ? [tagOf(tag)] : []))));
  return boundLabels(z.record(z.string(), z.unknown()).safeParse(value).data ?? {});
}

function tagOf(tag: string): readonly [string, string] {
  const at = tag.indexOf(':');
  return at === -1 ? [tag, 'true'] : [tag.slice(0, at), tag.slice(at + 1)];
}

/** An address, or a map of titles to addresses. */
function linksOf(value: Json): readonly Link[] {
  const all = typeof value === 'string' ? { Open: value } : z.record(z.string(), z.unknown()).safeParse(value).data;
  return webLinks(Object.entries(all ?? {}).map(([title, url]) => [clamp(title, 60), typeof url === 'string' ? url : null]));
}

/** A number counts since 1970, in seconds up to nanoseconds; a text is ISO 8601, or a number, in UTC where it says no zone. ms. */
function momentOf(value: Json): number | null {
  const text = textOf(value);
  if (text === null) return null;
  // Nanoseconds have 19 digits.
  if (/^\d{1,20}(\.\d{1,20})?$/.test(text)) {
    let ms = Number(text);
    if (ms < 100_000_000_000) ms *= 1_000;
    while (ms > 100_000_000_000_000) ms /= 1_000;
    return Math.round(ms);
  }
  const zoned = /(z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text.replace(' ', 'T')}Z`;
  const at = Date.parse(zoned);
  return Number.isNaN(at) ? null : at;
}

function headersOf(headers: IncomingHttpHeaders, secret: readonly string[]): Json {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !SECRET_HEADERS.test(name) && !secret.includes(name) ? [[name, value]] : [],
    ),
  );
}
