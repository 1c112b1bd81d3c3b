import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type MailSimulator, startMailSimulator } from '../simulators/mail/index.ts';
import { type PagedIncident, type PagerDutySimulator, startPagerDutySimulator } from '../simulators/pagerduty/index.ts';
import type { Outside, SentMail, SentPage } from '../simulators/slack/index.ts';
import { StatuspageSimulator } from '../simulators/statuspage/index.ts';
import type { ConfigFile, ServiceConfig } from '../src/config/schema.ts';
import { type DemoStatusPage, startStatusPage, withStatusPage } from './status-page.ts';

/** Pages, and mails, that the workspace shows: the newest. */
const SHOWN = 50;
const PAGERDUTY_SECRET = 'what-the-simulated-pagerduty-signs-with';
const SENDER = 'incidents@northwind.example';
/** The component of AUREUS's page. */
const COMPONENT = 'queries';

/** What Tocsin sends to besides Slack, on this machine: PagerDuty, a mail server, the status pages of two services. */
export interface OutsideWorld {
  /** What the workspace shows of it. */
  readonly shown: Outside;
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that `configured` names. */
  readonly variables: Readonly<Record<string, string>>;
  /** The status page of our own, which SARK's customers read. */
  readonly statusPage: DemoStatusPage;
  /** The settings with all of it. */
  configured(file: ConfigFile): ConfigFile;
  /** Says where webhooks go. */
  tell(intakePort: number): void;
  stop(): Promise<void>;
}

export interface OutsideOptions {
  /** Where the files of the status page lie. */
  readonly data: string;
  /** ms of the workspace's clock. */
  readonly now: () => number;
  readonly services: ConfigFile['services'];
}

/** Starts the simulators of it, each at a free port. */
export async function startOutside({ data, now, services }: OutsideOptions): Promise<OutsideWorld> {
  const keys = new Map(Object.keys(services).map((id) => [id, { variable: variableOf(id), key: keyOf(id) }]));
  const [mail, pagerduty, aureus, sark] = await Promise.all([
    startMailSimulator(),
    startPagerDutySimulator({ keys: [...keys.values()].map(({ key }) => key), now }),
    StatuspageSimulator.start({ title: 'AUREUS Platform', components: [COMPONENT], now }),
    startStatusPage(join(data, 'status', 'sark')),
  ]);
  const nameOf = (key: string) => services[[...keys].find(([, one]) => one.key === key)?.[0] ?? '']?.name ?? 'Unknown service';
  return {
    shown: shownOf({ mail, pagerduty, aureus, sark, nameOf }),
    environment: {
      SMTP_URL: mail.url,
      PAGERDUTY_EVENTS_URL: pagerduty.url,
      STATUSPAGE_API_URL: aureus.url,
      STATUSPAGE_API_KEY: aureus.key,
    },
    variables: { PAGERDUTY_SECRET, ...Object.fromEntries([...keys.values()].map(({ variable, key }) => [variable, key])) },
    statusPage: sark,
    configured: (file) => withStatusPage(withOutside(file, aureus), sark),
    tell: (port) => pagerduty.subscribe({ url: `http://127.0.0.1:${port}/pagerduty`, secret: PAGERDUTY_SECRET }),
    async stop() {
      await Promise.all([mail.stop(), pagerduty.stop(), aureus.stop(), sark.stop()]);
    },
  };
}

/** Every service pages by PagerDuty and mails its stakeholders; AUREUS tells its customers too, and has its packs on its own volume. */
function withOutside(file: ConfigFile, { page, url }: StatuspageSimulator): ConfigFile {
  const paged = Object.entries(file.services).map(([id, service]): readonly [string, ServiceConfig] => [
    id,
    { ...service, pagerduty: { routing_key_env: variableOf(id), orchestration: false, severities: ['P0', 'P1'], private: false } },
  ]);
  const services = Object.fromEntries(paged);
  const { aureus } = services;
  const notices: ServiceConfig['notices'] = {
    name: 'AUREUS Platform',
    subject: 'Service Disruption Notice',
    contact: 'support@northwind.example',
    // Late enough for the story of docs/tutorial.md to be told without it.
    first: 60 * 60_000,
    every: 60 * 60_000,
    approval: true,
    customers: ['operations@customer.example', 'it@other-customer.example'],
    status_page: { kind: 'statuspage', page, components: [COMPONENT] },
  };
  return {
    ...file,
    services: aureus === undefined ? services : { ...services, aureus: { ...aureus, status_page: `${url}/`, notices, packs_to: 'evidence' } },
    mail: {
      from: SENDER,
      stakeholders: [{ to: ['leadership@northwind.example', 'support@northwind.example'], severities: ['P0', 'P1'] }],
    },
    webhooks: { ...file.webhooks, pagerduty: { secret_env: ['PAGERDUTY_SECRET'], severities: {}, default_service: 'aureus' } },
  };
}

interface Simulated {
  readonly mail: MailSimulator;
  readonly pagerduty: PagerDutySimulator;
  readonly aureus: StatuspageSimulator;
  readonly sark: DemoStatusPage;
  /** The service of an integration key. */
  nameOf(key: string): string;
}

function shownOf({ mail, pagerduty, aureus, sark, nameOf }: Simulated): Outside {
  return {
    list: () => ({
      pages: pagerduty.incidents
        .slice(-SHOWN)
        .toReversed()
        .map((one) => pageOf(one, nameOf(one.routingKey))),
      mails: mailsOf(mail),
      statusPages: [
        { id: 'aureus', title: 'AUREUS Platform', url: `${aureus.url}/`, version: String(aureus.version) },
        { id: 'sark', title: sark.title, url: sark.url, version: sark.version() },
      ],
    }),
    mail(id) {
      const found = mail.taken.find((one) => idOf(one.mail) === id)?.mail;
      return found === undefined ? undefined : { text: found.text ?? '', html: typeof found.html === 'string' ? found.html : null };
    },
    async statusPage(id) {
      if (id === 'aureus') return aureus.html();
      return id === 'sark' ? sark.html() : undefined;
    },
    async answerPage(person, id, what) {
      const page = pagerduty.incidents.find((one) => one.id === id);
      if (page === undefined || page.status === 'resolved') throw new Error('This page is resolved already.');
      const status = await pagerduty.act(person, what, page.key);
      if (status === null) throw new Error('PagerDuty has it. Tocsin could not be reached by the webhook.');
      if (status >= 300) throw new Error(`PagerDuty has it. Tocsin answered the webhook with ${status}.`);
    },
  };
}

function pageOf({ id, number, title, status, severity, triggeredAt, changedAt, by, details, url }: PagedIncident, service: string): SentPage {
  const lines = Object.entries(details).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const);
  return { id, number, service, title, status, severity, at: triggeredAt, changedAt, by, details: lines, url };
}

type Taken = MailSimulator['taken'][number]['mail'];

/** One mail goes to each recipient by itself: here it is one, with all of them. */
function mailsOf({ taken }: MailSimulator): readonly SentMail[] {
  const byId = Map.groupBy(taken, ({ mail }) => idOf(mail));
  return [...byId]
    .slice(-SHOWN)
    .toReversed()
    .flatMap(([id, copies]): SentMail[] => {
      const [first] = copies;
      if (first === undefined) return [];
      const { from, subject, date, html } = first.mail;
      const to = [...new Set(copies.map((one) => one.to))];
      return [{ id, from: from?.text ?? '', to, subject: subject ?? '', at: date?.getTime() ?? 0, hasHtml: typeof html === 'string' }];
    });
}

function idOf({ messageId = '', subject = '' }: Taken): string {
  return digest(`${messageId}\n${subject}`).slice(0, 16);
}

function variableOf(service: string): string {
  return `${service.replaceAll('-', '_').toUpperCase()}_PAGERDUTY_KEY`;
}

/** Integration keys have 32 letters and digits. */
function keyOf(service: string): string {
  return digest(service).slice(0, 32);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
