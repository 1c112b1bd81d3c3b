import type { VaultMesh } from '../../../demo/vaultmesh.ts';
import type { Message } from '../../../simulators/slack/index.ts';
import type { Situation } from './remedies.ts';
import { type Diagnosed, diagnosed, until } from './runbooks.ts';
import { readable, type World } from './world.ts';

export const DRIFT = 'vaultmesh-oracle/guardrail-drift';
export const CONTROLS = '02-qbusiness/guardrails/topic-controls.json';
/** Where alerts are told, and where resolutions of the Oracle are. */
export const ALERTS = 'C0OPSESC';
export const OPERATIONS = 'C0VMOPS';

/** The simulated VaultMesh. @throws when the world has no platforms */
export function vaultmesh(world: World): VaultMesh {
  if (world.platforms === null) throw new Error('This world has no platforms.');
  return world.platforms.vaultmesh;
}

/** Lets workflows run to their end, and waits until the bot has heard of it and done all that follows. */
export async function workflowsEnd(world: World): Promise<void> {
  const { github, aws } = vaultmesh(world);
  await world.later(1);
  await github.settle();
  await aws.settle();
  await world.settled();
}

/** `/drift investigate` in the room. */
export function investigate(world: World, situation: Situation): Promise<Diagnosed> {
  return diagnosed(world, situation, '/drift investigate', DRIFT);
}

/** The bucket's drift evidence, the newest first: its objects by part. */
export function driftEvidence(world: World): readonly { readonly ts: string; readonly texts: Readonly<Record<string, string>> }[] {
  const { vaultmesh: seen } = vaultmesh(world).aws;
  const sets = new Map<string, Record<string, string>>();
  for (const { key, text } of seen.objects(seen.names.auditBucket, 'audit/drift/')) {
    const [, part = '', ts = ''] = /guardrail-([a-z]+)-(.+)\.[a-z]+$/.exec(key) ?? [];
    sets.set(ts, { ...sets.get(ts), [part]: text ?? '' });
  }
  return [...sets].map(([ts, texts]) => ({ ts, texts })).sort((one, other) => (one.ts < other.ts ? 1 : -1));
}

/** Tags of the objects of one drift, by part. */
export function tagsOf(world: World, ts: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const { vaultmesh: seen } = vaultmesh(world).aws;
  const objects = seen.objects(seen.names.auditBucket, 'audit/drift/').filter(({ key }) => key.includes(ts));
  return Object.fromEntries(objects.map(({ key, tags }) => [/guardrail-([a-z]+)-/.exec(key)?.[1] ?? key, tags]));
}

/** The cards of alerts that a channel has, oldest first. */
export function alertCards(world: World, channel = ALERTS): readonly Message[] {
  return world.slack.messages(channel).filter((message) => /\bALR-\d+/.test(readable(message)) && readable(message).includes('"header"'));
}

/** The card of the newest alert with this title. */
export function alertCard(world: World, title: string): Message {
  const card = alertCards(world).findLast((message) => readable(message).includes(title));
  if (card === undefined) throw new Error(`There is no alert “${title}”. There are:\n${world.texts(ALERTS).join('\n')}`);
  return card;
}

/** `ALR-3`, as a card shows it. */
export function alertOn(card: Message): string {
  return /\bALR-\d+/.exec(readable(card))?.[0] ?? '';
}

/** Presses a button of an alert's card, and waits for all that follows. */
export async function pressOnAlert(world: World, user: string, title: string, action: string): Promise<void> {
  await world.slack.as(user).click(ALERTS, alertCard(world, title).ts, { action_id: action });
  await world.settled();
}

/** Waits until the bot has confirmed its subscription to the topic of the alarms. */
export async function subscribed(world: World): Promise<void> {
  const { account, vaultmesh: seen } = vaultmesh(world).aws;
  const subscriptions = () => [...(account.sns.topics.get(seen.names.topicArn)?.subscriptions.values() ?? [])];
  await until(() => subscriptions().every(({ confirmed }) => confirmed), 'the subscription is confirmed');
}

/** Lets the account tell of what has happened, and waits until the bot has heard of it and done all that follows. */
export async function told(world: World): Promise<void> {
  await vaultmesh(world).aws.settle();
  await world.settled();
}

/** Blocks a phrase, or gives it free again, as somebody does who is no business of Tocsin's. */
export function blockPhrase(world: World, phrase: string, on = true): void {
  const { account, vaultmesh: seen } = vaultmesh(world).aws;
  const application = account.qbusiness.applications.get(seen.names.applicationId);
  if (application === undefined) throw new Error('There is no application.');
  const { blockedPhrases, ...others } = application.controls.blockedPhrases;
  const phrases = blockedPhrases.filter((one) => one !== phrase);
  application.controls = { ...application.controls, blockedPhrases: { ...others, blockedPhrases: on ? [...phrases, phrase] : phrases } };
}
