import { alertCall, alertCard, alertList } from '../../../blocks/alert.ts';
import type { Message } from '../../../blocks/kit.ts';
import type { Alert } from '../../../src/domain/alert/alerts.ts';
import { MINUTE, START } from '../../domain/helpers/incidents.ts';
import type { Entry, Words } from './catalogue.ts';

/** Every message about an alert, in every state. */
export function alertMessages(words: Words): Entry[] {
  const entry = (name: string, shown: Message): Entry => ({ name, kind: 'message', shown });
  const who = [{ usergroup: 'S0SRE' }];
  const alert: Alert = {
    id: 'ALR-142',
    key: 'cloudwatch:topic:SyncFailed',
    service: words.service,
    runbook: 'vaultmesh-qbusiness/sync-failed',
    trigger: 0,
    source: 'cloudwatch',
    title: words.title,
    summary: words.text,
    component: words.text,
    severity: 'P1',
    links: [{ title: words.text.slice(0, 60), url: 'https://example.com/alarm' }],
    status: 'firing',
    watchedUntil: null,
    count: 1,
    openedAt: START,
    lastAt: START,
    dueAt: START + 15 * MINUTE,
    acknowledged: null,
    incident: null,
    investigation: null,
  };
  const watching: Alert = { ...alert, status: 'watching', watchedUntil: START + 15 * MINUTE };
  const taken: Alert = { ...alert, acknowledged: { by: 'U0ADA', withinMs: 4 * MINUTE }, count: 7, lastAt: START + 9 * MINUTE };
  const attached: Alert = { ...taken, incident: 'INC-2026-0042', room: 'C0ROOM' };
  const labels = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [i === 0 ? 'capsule_hash' : `label_${i}`, i === 0 ? `sha256:${'3f'.repeat(32)}` : words.text.slice(0, 200)]),
  );
  const labelled: Alert = { ...alert, source: 'guard-trip', labels, declare: 'P1' };
  const over = { recovered: true, summary: words.text, at: START + 20 * MINUTE };
  return [
    entry('alert-firing', alertCard({ alert, over: null, who })),
    entry('alert-unknown', alertCard({ alert: { ...alert, runbook: null, component: null, links: [] }, over: null, who: [] })),
    entry('alert-labelled', alertCard({ alert: labelled, over: null, who })),
    entry('alert-watching', alertCard({ alert: watching, over: null, who })),
    entry('alert-acknowledged', alertCard({ alert: taken, over: null, who })),
    entry('alert-attached', alertCard({ alert: attached, over: null, who })),
    entry('alert-recovered', alertCard({ alert: attached, over, who })),
    entry('alert-dismissed', alertCard({ alert: watching, over: { ...over, recovered: false }, who })),
    entry('alert-call-confirmed', alertCall({ alert, overdue: false, who })),
    entry('alert-call-overdue', alertCall({ alert, overdue: true, who })),
    entry('alert-list', alertList([alert, attached])),
    entry('alert-list-empty', alertList([])),
  ];
}
