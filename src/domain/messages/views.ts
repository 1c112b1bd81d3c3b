import { z } from 'zod';
import { whoSchema } from '../policy.ts';
import { SEVERITIES } from '../severity.ts';

/** What boards show, as it is stored with them. A field that an older release has not stored has a default, or may be missing. */

const link = z.object({ title: z.string(), url: z.string() });
const links = z.array(link).readonly().default([]);
const table = z.object({ columns: z.array(z.string()).readonly(), rows: z.array(z.array(z.string()).readonly()).readonly() });
const bar = z.object({ label: z.string(), value: z.number(), alarming: z.boolean().exactOptional() });
const chart = z.object({ title: z.string(), unit: z.string(), bars: z.array(bar).readonly() });

const diagnosisStep = z.object({
  name: z.string(),
  title: z.string(),
  /** `done` and `failed` are an older release's. */
  state: z.enum(['running', 'good', 'bad', 'seen', 'unknown', 'done', 'failed']),
  summary: z.string(),
  table: table.nullable(),
  chart: chart.nullable(),
  /** Its whole text is a file in the board's thread. */
  file: z.boolean(),
  /** Its picture is in the board's thread; `sha256`: of its bytes, `instead`: the text where they could not be drawn or posted. */
  picture: z.object({ name: z.string(), alt: z.string(), instead: z.string(), sha256: z.string().nullable() }).readonly().exactOptional(),
  ms: z.number(),
  /** Why it cannot be read here, with what to grant. */
  needs: z.string().exactOptional(),
  /** That was said by an earlier diagnosis of this incident. */
  said: z.literal(true).exactOptional(),
});

const finding = z.object({ says: z.string(), exact: z.array(z.string()).readonly().exactOptional(), suggests: z.array(z.string()).readonly() });

const remedy = z.object({
  name: z.string(),
  title: z.string(),
  risk: z.string(),
  lastResort: z.boolean(),
  suggested: z.boolean(),
  /** What is at stake, in words that follow the risk. */
  stake: z.string().nullable().default(null),
  revertAfterMs: z.number().nullable().default(null),
});

export const diagnosisView = z.object({
  incident: z.string().nullable(),
  runbook: z.string(),
  revision: z.string().default(''),
  title: z.string(),
  /** What it is called by what was found, where that is not the runbook's title. */
  called: z.string().exactOptional(),
  by: z.string(),
  /** The run of the diagnosis; missing in what an older release has stored. */
  run: z.string().exactOptional(),
  /** When all checks were done (ms); missing while they run. */
  as_of: z.number().exactOptional(),
  /** The alert that it was made for before there was the incident. */
  from: z.string().exactOptional(),
  /** What it was asked with. */
  arguments: z.record(z.string(), z.string()).exactOptional(),
  /** Why arguments that an alert fills are left at their defaults. */
  unfilled: z.array(z.string()).readonly().exactOptional(),
  /** What stands in the forms of its remedies to begin with. */
  fills: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  /** The service's dashboards and the like. */
  links,
  steps: z.array(diagnosisStep).readonly(),
  /** `null` while steps are still at work. */
  findings: z.array(finding).readonly().nullable(),
  /** Findings that are unknown, but for those that nobody can draw in this installation. */
  unjudged: z.number(),
  remedies: z.array(remedy).readonly(),
});

/** `done` of `total` steps are behind; `over`: what was watched is over. */
export const progressView = z.object({
  plan: z.string(),
  text: z.string(),
  done: z.number(),
  total: z.number(),
  over: z.boolean().default(false),
});

const check = z.object({
  state: z.enum(['ok', 'warning', 'failure', 'unknown']),
  what: z.string(),
  advice: z.string().nullable(),
  missing: z.literal(true).exactOptional(),
});

export const preflightView = z.object({
  service: z.string(),
  at: z.number(),
  runbooks: z.number(),
  steps: z.array(z.object({ runbook: z.string(), step: z.string(), uses: z.string(), checks: z.array(check).readonly() })).readonly(),
});

/** What messages show of an alert (src/domain/alert/alerts.ts). */
const alert = z.object({
  id: z.string(),
  service: z.string(),
  runbook: z.string().nullable().default(null),
  source: z.string(),
  title: z.string(),
  summary: z.string(),
  component: z.string().nullable().default(null),
  severity: z.enum(SEVERITIES),
  links,
  status: z.enum(['watching', 'firing']),
  watchedUntil: z.number().nullable().default(null),
  count: z.number(),
  openedAt: z.number(),
  lastAt: z.number(),
  acknowledged: z.object({ by: z.string(), withinMs: z.number() }).nullable().default(null),
  incident: z.string().nullable().default(null),
  room: z.string().exactOptional(),
  labels: z.record(z.string(), z.string()).readonly().exactOptional(),
});

/** `over` once it has recovered or did not last; `who` answers for the service. */
export const alertView = z.object({
  alert,
  over: z.object({ recovered: z.boolean(), summary: z.string(), at: z.number() }).nullable(),
  who: z.array(whoSchema).readonly(),
});

/** An alert counts now (`overdue`: nobody acknowledged it in time), and calls these people. */
export const alertCallView = z.object({ alert, overdue: z.boolean(), who: z.array(whoSchema).readonly() });

/**
 * Who is on call by a rota from now on, who was before (`null`: nobody), and until when (ms); `null` where nothing follows. `missing`: who has the turn and
 * is not in Slack.
 */
export const handoverView = z.object({
  rota: z.string(),
  user: z.string().nullable(),
  before: z.string().nullable(),
  until: z.number().nullable(),
  missing: z.string().nullable().default(null),
});

/** A rota that is kept elsewhere cannot be read (`away`, and `back` when it can again; ms), or not all of it (`problems`). `readAt`: of the last good copy. */
export const rotaSourceView = z.object({
  id: z.string(),
  rota: z.string(),
  away: z.object({ since: z.number(), why: z.string() }).nullable(),
  readAt: z.number().nullable(),
  problems: z.array(z.string()).readonly(),
  back: z.number().nullable(),
});
