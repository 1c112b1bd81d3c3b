import { chmod, mkdir, rm } from 'node:fs/promises';
import { request, type ServerResponse } from 'node:http';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { TocsinError, UserError } from '../domain/errors.ts';
import type { Person } from '../domain/incident/commands.ts';
import type { PathStanding } from '../domain/page-path/standing.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import type { RunbookDeps } from '../engine/runbooks/deps.ts';
import { preflight } from '../engine/runbooks/preflight/preflight.ts';
import { plannedSteps } from '../engine/runbooks/remedy/planned-steps.ts';
import { makePlan, PLAN_TIMEOUT, remedyOf } from '../engine/runbooks/remedy/planning.ts';
import { requestOf } from '../engine/runbooks/remedy/request.ts';
import { type Asked, closeDoor, createDoor, openDoor } from '../lib/http-door.ts';
import { own } from '../lib/own.ts';
import type { Store } from '../ports/store.ts';

/** Bodies larger than this (bytes) are refused. */
const MAX_BODY = 64 * 1024;
/** How long (ms) the command line waits for an answer: a pre-flight asks many things. */
const ANSWER_TIMEOUT = 180_000;

const preflightSchema = z.strictObject({ service: z.string().min(1) });
const remedySchema = z.strictObject({
  incident: z.string().min(1),
  runbook: z.string().min(1),
  remedy: z.string().min(1),
  arguments: z.record(z.string(), z.string()),
});
const runSchema = remedySchema.extend({ reason: z.string().min(1).max(3_000), id: z.string().min(8) });

/** Where a running bot is spoken to from its own machine: only who may read its data may connect. */
export function controlSocket(data: string): string {
  return join(data, 'tocsin.sock');
}

export interface ControlDeps {
  readonly path: string;
  readonly runbooks: RunbookDeps;
  readonly incidents: Incidents;
  readonly store: Store;
  /** How it stands with the proof that a page arrives, of every service. */
  readonly pagePath: () => Promise<readonly PathStanding[]>;
  /** Told of what failed on this side. */
  readonly onError: (error: unknown) => void;
}

/**
 * Answers the command line over a 0600 Unix socket. It looks, plans and requests; approving stays in Slack, and who asks from here fills
 * no role by asking.
 */
export async function startControl({ path, runbooks, incidents, store, pagePath, onError }: ControlDeps): Promise<{ close(): Promise<void> }> {
  const routes: Readonly<Record<string, (body: unknown) => Promise<unknown>>> = {
    '/page-path': async () => ({ standings: await pagePath(), now: await store.now() }),
    '/preflight': async (body) => preflight(runbooks, preflightSchema.parse(body).service),
    async '/plan'(body) {
      const asked = remedySchema.parse(body);
      const { incident, runbook } = await find(asked);
      const {
        arguments: given,
        risk,
        needs,
      } = requestOf({ run: 'dry-run', runbook, name: asked.remedy, given: asked.arguments, reason: '' }, incident);
      const context = runbooks.context({ service: runbook.service, incident: incident.id, signal: AbortSignal.timeout(PLAN_TIMEOUT) });
      const { document, changes } = await makePlan(runbooks, runbook, asked.remedy, incident, given, context);
      const { title } = remedyOf(runbook, asked.remedy);
      return { hash: document.hash, changes, title, risk, needs, steps: plannedSteps(document, runbook.needs) };
    },
    async '/run'(body) {
      const asked = runSchema.parse(body);
      const { runbook, incident } = await find(asked);
      const ask = requestOf({ run: asked.id, runbook, name: asked.remedy, given: asked.arguments, reason: asked.reason }, incident);
      await store.transaction((tx) => incidents.ask(tx, incident.id, shellUser(), ask));
      return { requested: ask.title, incident: incident.id, needs: ask.needs };
    },
  };

  async function find(asked: { incident: string; runbook: string }) {
    const incident = await incidents.find(asked.incident.toUpperCase());
    if (incident === null) throw new UserError('no-incident', `There is no incident ${asked.incident}.`);
    const runbook = runbooks.catalogue.get(asked.runbook);
    if (runbook === null) throw new UserError('unknown-runbook', `There is no runbook ${asked.runbook}.`);
    return { incident, runbook };
  }

  async function serve({ method, path: asked, body }: Asked, response: ServerResponse): Promise<void> {
    const route = own(routes, asked);
    if (route === undefined || method !== 'POST') return answer(response, 404, { code: 'unknown-route', message: 'This bot does not know that.' });
    if (body === null) return answer(response, 413, { code: 'too-large', message: 'That is too long.' });
    try {
      answer(response, 200, await route(readJson(body.toString('utf8'))));
    } catch (error) {
      const known = error instanceof UserError || error instanceof TocsinError;
      const mistaken = error instanceof z.ZodError;
      if (!known && !mistaken) onError(error);
      const message = mistaken ? (error.issues[0]?.message ?? 'not valid') : known ? error.message : 'That failed; the bot’s log says why.';
      answer(response, known || mistaken ? 400 : 500, { code: known ? error.code : 'failed', message });
    }
  }

  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
  const server = createDoor(serve, { maxBody: MAX_BODY, onError, idle: ANSWER_TIMEOUT });
  // The folder is 0700 (main makes it), so nobody gets in between the two.
  await openDoor(server, { path });
  await chmod(path, 0o600);
  return {
    close: () => closeDoor(server),
  };
}

/** Asks the running bot. @throws TocsinError `not-running`, or with the bot's own code */
export async function askBot<T>(data: string, route: '/preflight' | '/page-path' | '/plan' | '/run', body: object): Promise<T> {
  const text = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asking = request({ socketPath: controlSocket(data), path: route, method: 'POST', timeout: ANSWER_TIMEOUT }, (response) => {
      let received = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: received })).on('error', reject);
    });
    asking.on('timeout', () => asking.destroy(new Error('timeout'))).on('error', reject);
    asking.end(JSON.stringify(body));
  }).catch((cause: unknown) => {
    throw new TocsinError('not-running', `No bot answers at ${controlSocket(data)}. Start it, or name its data by TOCSIN_DATA.`, { cause });
  });
  const answered = JSON.parse(text.text) as T & { code?: string; message?: string };
  if (text.status === 200) return answered;
  throw new TocsinError(answered.code ?? 'failed', answered.message ?? 'The bot could not do that.');
}

/** Whoever may read the bot's data acts as a responder who fills no role of any approval. */
function shellUser(): Person {
  return { id: `shell:${userInfo().username}`, roles: ['responder'], trusted: true };
}

/** `undefined`, which no route takes, for what is no JSON. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
