import { createHash } from 'node:crypto';
import { asJson } from '../domain/json.ts';
import { isFromGitHub, parseWorkflowRun } from './github.ts';
import type { Route, Verdict } from './server.ts';
import { parseSnsMessage, type SnsVerifier } from './sns.ts';

/** A message older than this (ms) may be a replay of one that is no longer remembered. Redeliveries are remembered for 7 days. */
const MAX_AGE = 6 * 24 * 60 * 60_000;
/** Clocks differ (ms). */
const MAX_AHEAD = 60 * 60_000;

export interface SnsRouteOptions {
  readonly verifier: SnsVerifier;
  /** The topics that are configured, now. */
  readonly topics: () => ReadonlySet<string>;
  /** ms of the one clock. */
  readonly now: () => Promise<number>;
}

/** Amazon SNS: its signature and its topic are checked before anything else is done with a message. */
export function snsRoute({ verifier, topics, now }: SnsRouteOptions): Route {
  return async (_headers, body, sender) => {
    const message = parseSnsMessage(body);
    if (message === null) return turnAway('malformed');
    if (!topics().has(message.TopicArn)) return turnAway('unknown-topic');
    if (!(await verifier.verify(message, sender))) return turnAway('bad-signature');
    if (!isFresh(Date.parse(message.Timestamp), await now())) return turnAway('stale');
    if (message.Type === 'UnsubscribeConfirmation') return { kind: 'ignore' };
    const of = message.Type === 'Notification' ? 'sns' : 'sns-subscription';
    return { kind: 'keep', key: `sns:${message.MessageId}`, of, payload: asJson(message) };
  };
}

export interface GitHubRouteOptions {
  readonly secret: string;
  readonly now: () => Promise<number>;
}

/**
 * GitHub: `X-Hub-Signature-256` covers the body and nothing else, so the body itself is what tells a redelivery: whoever replays it
 * under another delivery id tells nothing new.
 */
export function githubRoute({ secret, now }: GitHubRouteOptions): Route {
  return async (headers, body) => {
    const signature = headers['x-hub-signature-256'];
    if (!(await isFromGitHub(secret, body, typeof signature === 'string' ? signature : undefined))) return turnAway('bad-signature');
    if (headers['x-github-event'] !== 'workflow_run') return { kind: 'ignore' };
    const event = parseWorkflowRun(body);
    if (event === null) return turnAway('malformed');
    if (!isFresh(Date.parse(event.workflow_run.updated_at), await now())) return turnAway('stale');
    const key = `github:${createHash('sha256').update(body).digest('hex')}`;
    return { kind: 'keep', key, of: 'github', payload: asJson(event) };
  };
}

function isFresh(at: number, now: number): boolean {
  return at > now - MAX_AGE && at < now + MAX_AHEAD;
}

function turnAway(why: Extract<Verdict, { kind: 'refuse' }>['why']): Verdict {
  return { kind: 'refuse', why };
}
