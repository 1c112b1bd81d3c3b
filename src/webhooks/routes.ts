import { createHash } from 'node:crypto';
import { asJson } from '../domain/json.ts';
import { plainJson } from '../lib/plain-json.ts';
import { isFromGitHub, parseWorkflowRun } from './github.ts';
import { readIssueEvent } from './github-issue.ts';
import { MAX_AGE } from './labelled.ts';
import type { Route, Verdict } from './server.ts';
import { isFifo, parseSnsMessage, type SnsVerifier } from './sns.ts';

/** Clocks differ (ms). */
const MAX_AHEAD = 60 * 60_000;

export interface SnsRouteOptions {
  readonly verifier: SnsVerifier;
  /** The topics that are configured, now. */
  readonly topics: () => ReadonlySet<string>;
  /** ms of the one clock. */
  readonly now: () => Promise<number>;
}

/** What to change, for operators. Nothing that was sent is in it but the name of a configured topic: it was not verified. */
const RAW =
  'A subscription to /sns has raw message delivery on: its messages have no envelope and no signature. Turn it off: aws sns set-subscription-attributes --subscription-arn ARN --attribute-name RawMessageDelivery --attribute-value false';
const NO_ENVELOPE =
  'What came to /sns has not the envelope of an SNS notification. Subscribe the topic to it directly, with raw message delivery off, and nothing between that unpacks the message.';

function sayFifo(topic: string): string {
  return `${topic} is a FIFO topic, or what forwards it says so: FIFO topics deliver to queues only and not to webhooks. Publish the alarms to a standard topic.`;
}

/** Amazon SNS: its signature and its topic are checked before anything else is done with a message. */
export function snsRoute({ verifier, topics, now }: SnsRouteOptions): Route {
  return async (headers, body, sender) => {
    if (headers['x-amz-sns-rawdelivery'] === 'true') return { kind: 'refuse', why: 'raw-delivery', says: RAW };
    const message = parseSnsMessage(body);
    if (message === null) return { kind: 'refuse', why: 'malformed', says: NO_ENVELOPE };
    if (!topics().has(message.TopicArn)) return turnAway('unknown-topic');
    if (isFifo(message)) return { kind: 'refuse', why: 'fifo-topic', says: sayFifo(message.TopicArn) };
    if (!(await verifier.verify(message, sender))) return turnAway('bad-signature');
    if (!isFresh(Date.parse(message.Timestamp), await now())) return turnAway('stale');
    if (message.Type === 'UnsubscribeConfirmation') return { kind: 'ignore' };
    const of = message.Type === 'Notification' ? 'sns' : 'sns-subscription';
    return { kind: 'keep', entries: [{ key: `sns:${message.MessageId}`, of, payload: asJson(plainJson(message)) }] };
  };
}

/** The kind of what is kept of an issue. Stored. */
export const GITHUB_ISSUE = 'github-issue';

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
    const key = `github:${createHash('sha256').update(body).digest('hex')}`;
    if (headers['x-github-event'] === 'issues') {
      const news = readIssueEvent(body);
      if (news === 'malformed') return turnAway('malformed');
      if (news === null) return { kind: 'ignore' };
      if (!isFresh(news.at, await now())) return turnAway('stale');
      return { kind: 'keep', entries: [{ key, of: GITHUB_ISSUE, payload: asJson(news) }] };
    }
    if (headers['x-github-event'] !== 'workflow_run') return { kind: 'ignore' };
    const event = parseWorkflowRun(body);
    if (event === null) return turnAway('malformed');
    if (!isFresh(Date.parse(event.workflow_run.updated_at), await now())) return turnAway('stale');
    return { kind: 'keep', entries: [{ key, of: 'github', payload: asJson(plainJson(event)) }] };
  };
}

function isFresh(at: number, now: number): boolean {
  return at > now - MAX_AGE && at < now + MAX_AHEAD;
}

function turnAway(why: Extract<Verdict, { kind: 'refuse' }>['why']): Verdict {
  return { kind: 'refuse', why };
}
