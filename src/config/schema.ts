import { isIP } from 'node:net';
import { z } from 'zod';
import { APPROVAL_ROLES } from '../domain/change/plans.ts';
import { RESPOND_WITHIN, SEVERITIES } from '../domain/severity.ts';
import { isDatabaseAddress } from '../lib/database-address.ts';
import { readProxy } from '../lib/outbound/proxies.ts';
import { meant } from '../lib/yaml.ts';
import { targetSchema } from '../ports/targets.ts';
import { bucketSchema } from './bucket.ts';
import { channelProblems, channelsSchema } from './channels.ts';
import { digestSchema } from './digest.ts';
import { drills } from './drills.ts';
import { byType, contact, escalationStep, levels, rotaProblems, who } from './escalation.ts';
import { itemProblems, itemsSchema, trackersSchema } from './items.ts';
import { kafkaSchema, kafkaServiceProblem } from './kafka.ts';
import { isMailAddress, mailProblems, mailSchema } from './mail.ts';
import { noticeProblems, noticesSchema } from './notices.ts';
import { packProblems } from './packs.ts';
import { pagePathSchema } from './page-path.ts';
import { pagerDutyProblems, pagerDutySchema } from './pagerduty.ts';
import { retentionSchema } from './retention.ts';
import { reviewWithin } from './review.ts';
import { keptGroupProblems, rotaId, rotaSchema } from './rotas.ts';
import { callTemplate, channelId, duration, timeZone, usergroupId, userId } from './values.ts';
import { checkDefaultServices, webhooksSchema } from './webhooks.ts';

const AWS_REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;

const severity = z.enum(SEVERITIES);
const kubernetesName = z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'expected a Kubernetes name such as aureus');
const webAddress = z.url({ protocol: /^https?$/, error: 'expected an address that begins with https://' });

const cadence = z.strictObject({ every: duration.optional(), draft_before: duration.optional(), grace: duration.optional() });

const updates = z
  .strictObject({
    every: duration.default(30 * 60_000),
    draft_before: duration.default(5 * 60_000),
    grace: duration.default(5 * 60_000),
    P0: cadence.optional(),
    P1: cadence.optional(),
    P2: cadence.optional(),
    P3: cadence.optional(),
  })
  .refine(
    (all) => SEVERITIES.every((one) => (all[one]?.draft_before ?? all.draft_before) < (all[one]?.every ?? all.every)),
    'expected draft_before to be shorter than every',
  )
  .prefault({});

const service = z.strictObject({
  name: z.string().min(1).max(60),
  time_zone: timeZone.default('UTC'),
  channels: channelsSchema,
  severity: z
    .strictObject({
      default: severity.default('P2'),
      aliases: z.record(z.string().min(1).max(20), severity).default({}),
      customer_impact: severity.optional(),
    })
    .prefault({}),
  respond_within: z
    .strictObject({
      P0: duration.default(RESPOND_WITHIN.P0),
      P1: duration.default(RESPOND_WITHIN.P1),
      P2: duration.default(RESPOND_WITHIN.P2),
      P3: duration.default(RESPOND_WITHIN.P3),
    })
    .prefault({}),
  /** How long after the resolution its review is to be scheduled. */
  review_within: z
    .strictObject({
      P0: reviewWithin.prefault('48h'),
      P1: reviewWithin.prefault('48h'),
      P2: reviewWithin.prefault('72h'),
      P3: reviewWithin.prefault('72h'),
    })
    .prefault({}),
  /** How often its runbooks are drilled. */
  drills,
  updates,
  responders: z.array(who).min(1, 'expected at least one responder'),
  escalation: z.array(escalationStep).default([]),
  /** Who is called instead of these two, by the type of the incident. */
  escalation_by_type: byType.optional(),
  /** Who is called when a condition becomes true: L2 by its own, L3 by the gravest. */
  escalation_levels: levels.optional(),
  /** Whom to call outside of Slack. Shown to those who hold a role, and to whom a page calls. */
  contacts: z.array(contact).max(20).default([]),
  checklist: z.array(z.string().min(1).max(200)).max(30).optional(),
  status_page: webAddress.optional(),
  /** Where people talk about its incidents: a link, with {id} and {service} where it differs. */
  call: callTemplate.optional(),
  /** Where its workloads run: a context of the kubeconfig (the current one when unset) and the namespace. */
  kubernetes: z
    .strictObject({
      context: z.string().min(1).optional(),
      namespace: kubernetesName,
      /** What reverts an emergency change inside of the cluster when Tocsin is gone: an image with kubectl, and who it runs as. */
      guard: z.strictObject({ image: z.string().min(1), service_account: kubernetesName }).optional(),
    })
    .optional(),
  /** Where its Amazon Web Services are. */
  aws: z.strictObject({ region: z.string().regex(AWS_REGION, 'expected an AWS region such as eu-west-1') }).optional(),
  /** What runbooks act on, by name. */
  targets: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected lower-case letters, digits and dashes'), targetSchema).default({}),
  /** The volume that packs are copied to, below `incidents/`: a name of `targets`. */
  packs_to: z.string().min(1).optional(),
  /** What differs between installations: values of the settings that its runbooks name. */
  settings: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'expected lower-case letters, digits and underscores'),
      z.union([z.string().min(1).max(200), z.number()]),
    )
    .default({}),
  /** Who hears of its incidents by mail; what it does not say, the file’s own `mail` says. */
  mail: mailSchema.optional(),
  /** Whom PagerDuty pages for it. */
  pagerduty: pagerDutySchema.optional(),
  /** Where its action items become issues. */
  items: itemsSchema.optional(),
  /** How its customers hear of its incidents. */
  notices: noticesSchema.optional(),
  /** Every alert of it opens an incident of this severity by itself. */
  declare: severity.optional(),
  links: z
    .array(z.strictObject({ title: z.string().min(1).max(60), url: webAddress }))
    .max(5)
    .default([]),
});

const ROLES: readonly string[] = ['responder', ...APPROVAL_ROLES.filter((role) => role !== 'responder')];

const roleName = z
  .string()
  .refine((role) => ROLES.includes(role), { error: ({ input }) => `is not a role. ${meant(String(input), ROLES)}Roles are ${ROLES.join(', ')}` });

export const fileSchema = z
  .strictObject({
    services: z
      .record(z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected lower-case letters, digits and dashes'), service)
      .refine((all) => Object.keys(all).length > 0, 'expected at least one service'),
    roles: z.record(roleName, z.union([z.strictObject({ usergroup: usergroupId }), z.strictObject({ users: z.array(userId) })])).default({}),
    /** Who is on call when, for lines that name them. */
    rotas: z.record(rotaId, rotaSchema).default({}),
    evidence: z.union([z.strictObject({ directory: z.string().min(1) }), z.strictObject({ s3: bucketSchema })]).default({ directory: './evidence' }),
    /** A folder with runbooks of your own, read again when it changes. */
    runbooks: z.string().min(1).optional(),
    /** When (UTC) every service's runbooks are checked against its live systems; the report goes to the alerts channel. */
    preflight: z.strictObject({ at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day in UTC such as 05:30') }).optional(),
    /** When it is tried whether a page would arrive, and when the on-call confirm that one does. */
    page_path: pagePathSchema.optional(),
    /** How long what was worked with stays in the database; the evidence stays where it is for ever. */
    retention: retentionSchema,
    /** Where and when the figures of the week are posted. */
    digest: digestSchema.optional(),
    /** Where the newest log checkpoint is anchored: posted at every close and daily. */
    anchor_channel: channelId.optional(),
    /** Names of Slack workspaces this app answers to; the one of its token when empty. */
    team_id: z
      .string()
      .regex(/^[TE][A-Z0-9]{2,20}$/)
      .optional(),
    /** Enterprise Grid: the organisation all of whose full members count, beside the people of the workspace. */
    enterprise_id: z
      .string()
      .regex(/^E[A-Z0-9]{2,20}$/, 'expected the id of an organisation, such as E0123ABC')
      .optional(),
    /** Whose webhooks are taken beside those of SNS and GitHub. */
    webhooks: webhooksSchema,
    /** Mail to stakeholders, for every service that says nothing else. */
    mail: mailSchema.optional(),
    /** Where work is tracked: what the items of all services share. */
    trackers: trackersSchema,
    /** Topics of Kafka that guard trips are read from. */
    kafka: kafkaSchema.optional(),
  })
  .check(({ value, issues }) => {
    for (const { path, message } of checkDefaultServices(value.webhooks, Object.keys(value.services)))
      issues.push({ code: 'custom', input: value, path: ['webhooks', ...path], message });
    for (const { path, message } of [
      ...channelProblems(value),
      ...pagerDutyProblems(value),
      ...itemProblems(value),
      ...mailProblems(value),
      ...noticeProblems(value),
      ...packProblems(value),
      ...rotaProblems(value),
      ...keptGroupProblems(value),
    ])
      issues.push({ code: 'custom', input: value, path: [...path], message });
    const problem = value.kafka === undefined ? null : kafkaServiceProblem(value.kafka, Object.keys(value.services));
    if (problem !== null) issues.push({ code: 'custom', input: value, path: ['kafka', ...problem.path], message: problem.message });
  });

export type ConfigFile = z.infer<typeof fileSchema>;
export type ServiceConfig = ConfigFile['services'][string];

const listenAddress = z
  .string()
  .refine((text) => isIP(text) !== 0 || text === 'localhost', 'expected an IP address to listen on, such as 127.0.0.1 or 0.0.0.0')
  .default('127.0.0.1');

const databaseAddress = z
  .string()
  .refine(isDatabaseAddress, 'expected postgres://user:password@host:5432/database; in a password write # as %23, / as %2F and @ as %40')
  .optional();

const mailServer = z
  .string()
  .refine(
    isMailAddress,
    'expected smtp://user:password@host:587 or smtps://user:password@host:465; in a password write # as %23, / as %2F and @ as %40',
  )
  .optional();

const proxy = z
  .string()
  .refine((text) => readProxy(text) !== null, 'expected a proxy such as http://proxy.example.com:3128; SOCKS is not spoken')
  .optional();

/** The environment: secrets and addresses. Empty strings count as unset. */
export const environmentSchema = z.object({
  SLACK_BOT_TOKEN: z.string().startsWith('xoxb-', 'expected a bot token that begins with xoxb-').optional(),
  SLACK_APP_TOKEN: z.string().startsWith('xapp-', 'expected an app-level token that begins with xapp-').optional(),
  SLACK_SIGNING_SECRET: z.string().min(8).optional(),
  SLACK_API_URL: z.url().optional(),
  PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  DATABASE_URL: databaseAddress,
  /** The server itself, where DATABASE_URL leads to a pooler: for LISTEN and the migrations. */
  DATABASE_DIRECT_URL: databaseAddress,
  /** Logs in by tokens of AWS for this region instead of a password. */
  DATABASE_IAM_REGION: z.string().regex(AWS_REGION, 'expected an AWS region such as eu-west-1').optional(),
  /** What stands in for Amazon Web Services, and for one of its services; the SDK's own names. */
  AWS_ENDPOINT_URL: z.url().optional(),
  AWS_ENDPOINT_URL_S3: z.url().optional(),
  AWS_ENDPOINT_URL_QBUSINESS: z.url().optional(),
  AWS_ENDPOINT_URL_CLOUDTRAIL: z.url().optional(),
  AWS_ENDPOINT_URL_CLOUDWATCH: z.url().optional(),
  AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: z.url().optional(),
  AWS_ENDPOINT_URL_IAM: z.url().optional(),
  AWS_ENDPOINT_URL_EVENTBRIDGE: z.url().optional(),
  AWS_ENDPOINT_URL_SNS: z.url().optional(),
  AWS_ENDPOINT_URL_STS: z.url().optional(),
  /** Beside the SDK's own chain of credentials: both or neither. */
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  KUBECONFIG: z.string().optional(),
  GITHUB_API_URL: z.url().optional(),
  GITHUB_TOKEN: z.string().min(1).optional(),
  /** What GitHub signs its webhooks with. */
  GITHUB_WEBHOOK_SECRET: z.string().min(16, 'expected at least 16 characters').optional(),
  /** Where webhooks come in; none are taken when unset. */
  TOCSIN_INTAKE_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  /** A GitHub App instead of a token: its id, its private key (PEM) and where it is installed. */
  GITHUB_APP_ID: z.coerce.number().int().positive().optional(),
  GITHUB_APP_PRIVATE_KEY: z.string().startsWith('-----BEGIN').optional(),
  GITHUB_INSTALLATION_ID: z.coerce.number().int().positive().optional(),
  /** The mail server, with its login. */
  SMTP_URL: mailServer,
  /** Where PagerDuty takes events: its own address, that of its European region, or what stands in for it. */
  PAGERDUTY_EVENTS_URL: webAddress.default('https://events.pagerduty.com'),
  /** Where PagerDuty's REST API answers, and a key that may read: for rotas that are schedules of it, and whom a service there calls. */
  PAGERDUTY_API_URL: webAddress.default('https://api.pagerduty.com'),
  PAGERDUTY_API_KEY: z.string().min(1).optional(),
  /** Atlassian Statuspage: a key of its API, and its address. */
  STATUSPAGE_API_KEY: z.string().min(1).optional(),
  STATUSPAGE_API_URL: z.url({ protocol: /^https?$/ }).default('https://api.statuspage.io'),
  /** The addresses that the three ports listen on. Nothing but this machine unless somebody says so. */
  TOCSIN_SLACK_HOST: listenAddress,
  TOCSIN_INTAKE_HOST: listenAddress,
  TOCSIN_OPS_HOST: listenAddress,
  TOCSIN_CONFIG: z.string().optional(),
  TOCSIN_DATA: z.string().default('./data'),
  TOCSIN_KEY_FILE: z.string().optional(),
  TOCSIN_OPS_PORT: z.coerce.number().int().min(0).max(65_535).default(9_464),
  /** The way out (src/lib/outbound); what is in small letters wins. */
  HTTPS_PROXY: proxy,
  https_proxy: proxy,
  HTTP_PROXY: proxy,
  http_proxy: proxy,
  NO_PROXY: z.string().optional(),
  no_proxy: z.string().optional(),
  /** Node itself reads it when it starts: certificates of authorities beside those that everybody trusts. */
  NODE_EXTRA_CA_CERTS: z.string().optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export type Environment = z.infer<typeof environmentSchema>;
