import type { Config } from '../config/load.ts';
import type { GenericConfig } from '../config/webhooks.ts';
import { firedBy } from '../engine/alerts/firing.ts';
import { matchSignal } from '../engine/alerts/matching.ts';
import type { LabelledSignal } from '../engine/alerts/signal.ts';
import type { Runbook } from '../engine/runbooks/load/runbook.ts';
import { plainJson } from '../lib/plain-json.ts';
import { plural } from '../lib/plural.ts';
import { toIso } from '../lib/time.ts';
import { TOO_DEEP } from '../webhooks/labelled.ts';
import { readMapped, type Silent } from '../webhooks/mapping.ts';
import { firingOf, mappingOf, termsOf } from './webhook-routes.ts';

const DEEP = { ok: false, problem: TOO_DEEP } as const;

export interface Tried {
  readonly ok: boolean;
  /** What became of the body, for a terminal. */
  readonly text: string;
}

/** What a mapping makes of a body, and which runbook would look into it. @throws TocsinError `config-invalid` */
export function tryMapping(
  { file }: Pick<Config, 'file'>,
  name: string,
  webhook: GenericConfig,
  body: unknown,
  headers: Readonly<Record<string, string>>,
  runbooks: readonly Runbook[],
): Tried {
  const silent: Silent[] = [];
  const terms = { name, ...termsOf(file, webhook) };
  const plain = plainJson(body);
  const read = plain === undefined ? DEEP : readMapped(mappingOf(name, webhook), terms, plain, headers, (one) => silent.push(one));
  if (!read.ok) return { ok: false, text: visible(`✗ ${read.problem}`) };
  const { signals } = read;
  if (signals.length === 0) return { ok: true, text: 'This body is no alert: `when` does not hold, or `each` is empty.' };
  const services = Object.entries(file.services).map(([id, { targets }]) => ({ id, targets }));
  const shown = signals.map((signal) => [...linesOf(signal), destinationOf(signal)].join('\n'));
  const left = [...new Map(silent.map((one) => [one.field, one])).values()].map(({ why }) => `! left out: ${why}`);
  return { ok: true, text: visible([`${plural(signals.length, 'alert')}:`, ...shown, ...left].join('\n\n')) };

  function destinationOf(signal: LabelledSignal): string {
    const matched = matchSignal(signal, services, runbooks);
    if (matched === null) return '  goes to   nowhere: no service is set for it';
    if (matched.kind === 'recover') return '  goes to   the end of the alert with this key';
    const { service } = matched;
    const fired = firedBy(matched, {
      runbookOf: (id) => runbooks.find((one) => one.id === id) ?? null,
      ofService: (id) => firingOf(file, id),
      respondMs: () => 0,
    });
    const looks = fired.runbook === null ? 'no runbook knows of it' : `looked into by ${fired.runbook}`;
    return `  goes to   ${service} as ${fired.severity}, ${looks}${fired.declare === undefined ? '' : `, opens a ${fired.declare}`}`;
  }
}

/** What others wrote does nothing in a terminal but stand there. */
function visible(text: string): string {
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

function linesOf({ key, state, title, summary, severity, at, labels, links }: LabelledSignal): string[] {
  const rows: readonly (readonly [string, string])[] = [
    ['key', key],
    ['state', state],
    ['title', title],
    ['summary', summary.replaceAll('\n', '\n            ')],
    ['severity', severity ?? 'the runbook’s, or the service’s usual one'],
    ['at', at === null ? 'not said: what comes last counts' : toIso(at)],
    ...Object.entries(labels).map(([name, value]) => ['label', `${name}: ${value}`] as const),
    ...links.map((link) => ['link', `${link.title}: ${link.url}`] as const),
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(9)} ${value}`);
}
