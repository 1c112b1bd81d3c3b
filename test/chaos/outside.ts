import type { MailSimulator, TakenMail } from '../../simulators/mail/index.ts';
import type { PagerDutySimulator } from '../../simulators/pagerduty/index.ts';
import type { StatuspageSimulator } from '../../simulators/statuspage/index.ts';
import type { IncidentRecord } from '../../src/domain/incident/events.ts';

/** The systems that an incident is told to, beside Slack. */
export interface Outside {
  readonly pagerduty: PagerDutySimulator;
  readonly statuspage: StatuspageSimulator;
  readonly mail: MailSimulator;
}

/** How often any of them was asked: it grows with each request. */
export function askedOf({ pagerduty, statuspage, mail }: Outside): number {
  return pagerduty.requests.length + statuspage.requests.length + mail.taken.length;
}

/** Nothing was lost on the way to the systems outside, and nothing is there twice. */
export function outsideProblems(outside: Outside, records: readonly IncidentRecord[]): string[] {
  const byIncident = Map.groupBy(records, ({ incident_id: id }) => id);
  return [...byIncident].flatMap(([id, its]) => [
    ...pageProblems(outside, id, its),
    ...mailProblems(outside, id, its),
    ...noticeProblems(outside, id, its),
  ]);
}

/** One page for one dedup_key, however often it was sent, and it ends with the incident. */
function pageProblems({ pagerduty }: Outside, id: string, records: readonly IncidentRecord[]): string[] {
  const due = of(records, 'pagerduty.due');
  const pages = pagerduty.incidents.filter(({ key }) => key.includes(id));
  const episodes = new Set(due.map(({ data }) => data.episode));
  const isOver = records.some(({ type }) => type === 'incident.resolved');
  return [
    ...(pages.length === episodes.size ? [] : [`${id}: PagerDuty has ${pages.length} incidents of ${episodes.size} pages`]),
    ...(isOver && pages.some(({ status }) => status !== 'resolved') ? [`${id}: a page is not resolved in PagerDuty`] : []),
    ...twice(of(records, 'pagerduty.sent').map(({ data }) => `${id}: pagerduty.sent ${data.action} ${data.nth}`)),
  ];
}

/** Every mail that was due came, and what came twice is the same mail, by its Message-ID. */
function mailProblems({ mail }: Outside, id: string, records: readonly IncidentRecord[]): string[] {
  const taken = mail.taken.filter((one) => messageIdOf(one).includes(id.toLowerCase()));
  const due = [
    ...of(records, 'mail.due').map(({ data: { kind, nth } }) => `<${id.toLowerCase()}.${kind}${nth === 1 ? '' : `-${nth}`}.`),
    ...of(records, 'notice.due')
      .filter(({ data }) => data.to.includes('customers') && !isReplaced(records, data.plan, 'customers'))
      .map(({ data }) => `<${id.toLowerCase()}.notice-${data.nth}.`),
  ];
  const lost = due.filter((one) => !taken.some((mailed) => messageIdOf(mailed).startsWith(one))).map((one) => `${id}: the mail ${one} never came`);
  const unknown = taken.map(messageIdOf).filter((one) => !due.some((owed) => one.startsWith(owed)));
  const changed = [...Map.groupBy(taken, (one) => `${messageIdOf(one)} to ${one.to}`)].flatMap(([what, same]) =>
    new Set(same.map(({ mail: { subject, text } }) => `${subject}\n${text}`)).size === 1 ? [] : [`${id}: the mail ${what} came with two texts`],
  );
  const recorded = [...of(records, 'mail.sent').map(({ data }) => `${id}: mail.sent ${data.message_id}`), ...publishedIn(records, id, 'customers')];
  return [...lost, ...unknown.map((one) => `${id}: nobody owed the mail ${one}`), ...changed, ...twice(recorded)];
}

/** The status page has one entry for the incident, each notice once, and the newest is what it says. */
function noticeProblems({ statuspage }: Outside, id: string, records: readonly IncidentRecord[]): string[] {
  const due = of(records, 'notice.due').filter(({ data }) => data.to.includes('status-page'));
  const shown = statuspage.incidents.filter(({ metadata }) => (metadata.tocsin as { incident?: string } | undefined)?.incident === id);
  const [entry] = shown;
  const textOf = (plan: string) => of(records, 'plan.made').find(({ data }) => data.plan === plan)?.data.notice?.text;
  const expected = due.filter(({ data }) => !isReplaced(records, data.plan, 'status-page')).map(({ data }) => textOf(data.plan));
  const bodies = entry?.incident_updates.map(({ body }) => body) ?? [];
  return [
    ...(shown.length === (due.length === 0 ? 0 : 1) ? [] : [`${id}: the status page has ${shown.length} entries of ${due.length} notices`]),
    ...expected.filter((text) => text === undefined || !bodies.includes(text)).map((text) => `${id}: the status page lacks “${text?.slice(0, 60)}”`),
    ...oftener(
      bodies,
      due.map(({ data }) => textOf(data.plan)),
    ).map((body) => `${id}: the status page says “${body.slice(0, 60)}” more often than notices do`),
    ...(bodies.length === 0 || bodies[0] === expected.at(-1) ? [] : [`${id}: the status page does not end with the newest notice`]),
    ...twice(publishedIn(records, id, 'status-page')),
  ];
}

function publishedIn(records: readonly IncidentRecord[], id: string, place: string): string[] {
  return of(records, 'notice.published').flatMap(({ data }) => (data.place === place ? [`${id}: notice.published ${data.plan} ${place}`] : []));
}

/** A newer notice took its place before it was out. */
function isReplaced(records: readonly IncidentRecord[], plan: string, place: string): boolean {
  return of(records, 'notice.failed').some(({ data }) => data.plan === plan && data.place === place && data.replaced === true);
}

function messageIdOf({ mail }: TakenMail): string {
  return mail.messageId ?? '';
}

function of<T extends IncidentRecord['type']>(records: readonly IncidentRecord[], type: T): readonly Extract<IncidentRecord, { type: T }>[] {
  return records.filter((record): record is Extract<IncidentRecord, { type: T }> => record.type === type);
}

/** What is there more often than it should be: whoever sends a form again whose answer was lost asks for two notices of the same words. */
function oftener(all: readonly string[], expected: readonly (string | undefined)[]): string[] {
  const count = (of: readonly (string | undefined)[], one: string) => of.filter((other) => other === one).length;
  return [...new Set(all)].filter((one) => count(all, one) > count(expected, one));
}

/** What is there more than once. */
function twice(all: readonly string[]): string[] {
  return [...Map.groupBy(all, (one) => one)].flatMap(([one, { length }]) => (length > 1 ? [`${one}, ${length} times`] : []));
}
