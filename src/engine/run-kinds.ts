import { z } from 'zod';
import { ESCALATED_MESSAGE, PAGE_MESSAGE } from '../domain/messages/messages.ts';
import { whoSchema } from '../domain/policy.ts';
import { MAIL_DATA } from '../domain/records/data/mail.ts';
import { defineRun } from '../ports/runs.ts';

/**
 * Every kind of durable run, with what it is started with. What one does lies beside what it is about: look for `NAME.does`.
 * Names are stored: never rename one. A flow that changes its shape becomes a kind of its own, `room@2`.
 */

const channel = z.object({ kind: z.literal('channel'), channel: z.string() });
const person = z.object({ kind: z.literal('person'), user: z.string() });
/** Where an answer goes that belongs to no incident. */
export type Place = z.infer<typeof channel> | z.infer<typeof person>;
/** Where an answer goes: a channel, a person, or the room of the incident. */
const place = z.union([channel, person, z.object({ kind: z.literal('room') })]);

/** What a page tells people. */
const calling = z.enum([PAGE_MESSAGE.name, ESCALATED_MESSAGE.name]);

export const ALERT_CALL = defineRun(
  'alert-call',
  z.object({
    /** The message that calls people in the alerts channel. */
    key: z.string(),
    service: z.string(),
    who: z.array(whoSchema),
  }),
  { urgent: true },
);
export const PAGE = defineRun(
  'page',
  z.object({
    incident: z.string(),
    /** The record that the page tells of. */
    seq: z.number().int(),
    who: z.array(whoSchema),
    template: calling,
    /** Who caused the page and need not be told; the reporter unless given. */
    knows: z.string().optional(),
    /** Only those are called who were not called in this incident before. */
    fresh: z.boolean().optional(),
  }),
  { urgent: true },
);
export const PAGE_PERSON = defineRun(
  'page-person',
  z.object({
    incident: z.string(),
    seq: z.number().int(),
    page: z.string(),
    user: z.string(),
    template: calling,
  }),
  { urgent: true },
);
/** The mail to somebody whom Slack did not reach. */
export const PAGE_MAIL = defineRun('page-mail', z.object({ incident: z.string(), seq: z.number().int(), page: z.string(), user: z.string() }));
export const ROOM = defineRun(
  'room@2',
  z.object({
    incident: z.string(),
    /** The room that was lost, and why. */
    lost: z.object({ channel: z.string(), reason: z.string() }).optional(),
    /** What its channel is to be called, as it was when the run began; the incident's id unless given. */
    name: z.string().optional(),
    /** The room that was lost was archived by Tocsin: it is taken again where Slack lets. */
    back: z.boolean().optional(),
  }),
);
export const ROOM_ARCHIVE = defineRun('room-archive', z.object({ incident: z.string(), channel: z.string() }));
/** The canvas of an incident's own channel, for as long as the incident meets there (`since`: from which record) and is in one part of its records. */
export const ROOM_CANVAS = defineRun(
  'room-canvas@2',
  z.object({ incident: z.string(), channel: z.string(), since: z.number().int(), part: z.number().int() }),
);
/** The canvas in which people write the review of an incident: made once, and then theirs. */
export const REVIEW_CANVAS = defineRun('review-canvas', z.object({ incident: z.string() }));
/** That another channel of the incident may write in it too. */
export const REVIEW_ACCESS = defineRun('review-canvas-access', z.object({ incident: z.string(), channel: z.string() }));
export const ROOM_CALL = defineRun('room-call', z.object({ incident: z.string() }));
export const EARLIER = defineRun('earlier', z.object({ incident: z.string() }));
export const ROOM_CHECK = defineRun('room-check', z.object({ incident: z.string(), channel: z.string(), refused: z.string().optional() }));
export const ROOM_INVITE = defineRun('room-invite', z.object({ incident: z.string(), users: z.array(z.string()).optional() }));
export const UNDELIVERED = defineRun('undelivered', z.object({ incident: z.string(), key: z.string(), error: z.string() }));
/** A mail to the stakeholders, as its record says. */
export const MAIL = defineRun('mail', MAIL_DATA['mail.due'].extend({ incident: z.string() }));
/** A page by PagerDuty, from its trigger to its end. `episode`: the event that it begins with. */
export const PAGERDUTY = defineRun('pagerduty', z.object({ incident: z.string(), episode: z.number().int() }), { urgent: true });
/** The issue of an action item, for as long as the item may be done or opened again. */
export const ITEM = defineRun('item', z.object({ incident: z.string(), number: z.number().int() }));
/** A look, at its time (ms), at issues that have changed; `since`: for each place, what was looked at before (ms); `odd`: what was told as not understood. */
export const ITEMS_LOOK = defineRun(
  'items-look',
  z.object({ at: z.number(), since: z.record(z.string(), z.number()), odd: z.record(z.string(), z.array(z.string())).default({}) }),
);
/** An approved notice on its way to the customers, and to the status page. */
const notice = z.object({ incident: z.string(), plan: z.string(), digest: z.string() });
export const NOTICE_MAIL = defineRun('notice-mail', notice);
export const NOTICE_PAGE = defineRun('notice-page', notice);
export const PREFLIGHT = defineRun(
  'preflight',
  z.object({
    service: z.string(),
    by: z.string(),
    to: z.union([channel, person]),
  }),
);
export const REVERT = defineRun(
  'revert',
  z.object({ incident: z.string(), plan: z.string(), because: z.string().optional(), all: z.boolean().default(false) }),
);
export const REMEDY = defineRun(
  'remedy',
  z.object({
    incident: z.string(),
    runbook: z.string(),
    remedy: z.string(),
    arguments: z.record(z.string(), z.string()),
    reason: z.string(),
  }),
);
export const ADOPT = defineRun(
  'adopt',
  z.union([z.object({ incident: z.string(), plan: z.string() }), z.object({ incident: z.string(), run: z.string() })]),
);
export const DIAGNOSIS = defineRun(
  'diagnosis',
  z.object({
    incident: z.string().nullable(),
    runbook: z.string(),
    by: z.string(),
    to: place.optional(),
    arguments: z.record(z.string(), z.string()).default({}),
    /** Why arguments that an alert fills are left at their defaults; runs of older releases do not say. */
    unfilled: z.array(z.string()).default([]),
  }),
);
export const RECURRENCE = defineRun(
  'recurrence',
  // Runs of older releases are all after a remedy.
  z.object({ incident: z.string(), plan: z.string(), after: z.enum(['remedy', 'revert']).default('remedy') }),
);
export const WATCH = defineRun(
  'watch',
  z.object({
    runbook: z.string(),
    watch: z.string(),
    arguments: z.record(z.string(), z.string()).default({}),
    incident: z.string().nullable(),
    /** Who asked; runs of older releases do not say. */
    by: z.string().default(''),
    to: place,
  }),
);
export const DIAGNOSIS_CARRY = defineRun('diagnosis-carry', z.object({ incident: z.string(), alert: z.string(), run: z.string() }));
export const ALERT_WATCH = defineRun('alert-watch', z.object({ alert: z.string() }));
export const ALERT_SCHEDULE = defineRun('alert-schedule', z.object({ runbook: z.string(), trigger: z.number().int(), at: z.number() }));
export const PACK = defineRun('pack', z.object({ incident: z.string(), plan: z.string().optional() }));
/** Papers that are posted as files; runs of older releases ask for the report. */
const reportKind = z.enum(['report', 'post-mortem']);
export type ReportKind = z.output<typeof reportKind>;
export const REPORT = defineRun('report', z.object({ incident: z.string(), what: reportKind.default('report') }));
/** The figures of the incidents that were declared in so many days before a moment (ms), of all services or one. */
export const FIGURES = defineRun(
  'figures',
  z.object({ to: z.union([channel, person]), before: z.number(), days: z.number().int().positive(), service: z.string().nullable() }),
);
/** The figures of a week, posted when it is over (ms). */
export const DIGEST = defineRun('digest', z.object({ at: z.number() }));
export const ANCHOR_CLOSE = defineRun('anchor-close', z.object({ incident: z.string(), seq: z.number().int() }));
export const ANCHOR_DAILY = defineRun('anchor-daily', z.object({ day: z.string().regex(/^\d{4}-\d\d-\d\d$/) }));
export const ASK_APPROVERS = defineRun(
  'ask-approvers',
  z.object({ incident: z.string(), plan: z.string(), seq: z.number().int(), again: z.boolean() }),
);
export const PIN_CARD = defineRun('pin-card', z.object({ channel: z.string(), ts: z.string() }));
export const PREFLIGHT_NIGHTLY = defineRun('preflight-nightly', z.object({ day: z.string().regex(/^\d{4}-\d\d-\d\d$/) }));
/** Every night: whether each way of a page works. */
export const PAGE_PATH = defineRun('page-path', z.object({ day: z.string().regex(/^\d{4}-\d\d-\d\d$/) }));
/** Every week: whether the on-call of a service have the message that is sent at a moment (ms). */
export const PAGE_PATH_ASK = defineRun('page-path-ask', z.object({ service: z.string(), at: z.number() }));
/** `at`: which question it answers. */
export const PAGE_PATH_CONFIRM = defineRun('page-path-confirm', z.object({ service: z.string(), at: z.string(), user: z.string() }));
/** Every day: what is closed for long enough leaves the database. */
export const RETENTION = defineRun('retention', z.object({ day: z.string().regex(/^\d{4}-\d\d-\d\d$/) }));
/** That a drill began (`held` is null) or is over. */
export const DRILL_NOTE = defineRun('drill-note', z.object({ incident: z.string(), held: z.boolean().nullable() }));
/** Every day: whether drills are overdue. */
export const DRILL_LOOK = defineRun('drill-look', z.object({ day: z.string().regex(/^\d{4}-\d\d-\d\d$/) }));
export const INCIDENT_ALERTS = defineRun('incident-alerts', z.object({ incident: z.string() }));
export const ROOM_TOPIC = defineRun('room-topic', z.object({ incident: z.string() }));
/** What in Slack says who is on call by a rota. */
export const ROTA_KEEP = defineRun('rota-keep', z.object({ rota: z.string() }));
/** `before`: who was on call when it began to wait; `null` for nobody. */
export const ROTA_TURN = defineRun('rota-turn', z.object({ rota: z.string(), at: z.number(), before: z.string().nullable() }));
/** A look (at ms) at where a rota is kept; `source` says where that is, as it was configured. */
export const ROTA_READ = defineRun('rota-read', z.object({ rota: z.string(), source: z.string(), at: z.number() }));
