import { setTimeout } from 'node:timers/promises';
import type { Message } from '../../../simulators/slack/index.ts';
import type { Plan } from '../../../src/domain/change/plans.ts';
import type { Incident } from '../../../src/domain/incident/incident.ts';
import { declare, readable, type World } from './world.ts';

/** People of the local workspace by what they hold: ada and grace are SREs and incident commanders, linus commands too, marie is security. */
export const ADA = 'U0ADA';
export const GRACE = 'U0GRACE';
export const LINUS = 'U0LINUS';
export const MARIE = 'U0MARIE';
export const JOAN = 'U0JOAN';
export const GUEST = 'U0GUEST';

export interface Situation {
  readonly id: string;
  readonly room: string;
}

/** An incident whose commander is ada. */
export async function commanded(world: World, text: string): Promise<Situation> {
  const situation = await declare(world, text);
  await world.say(ADA, situation.room, 'ack');
  return situation;
}

/** Sets a fault of a simulated platform. @throws when the world has no platforms */
export async function breakIt(world: World, fault: string, on = true): Promise<void> {
  if (world.platforms === null) throw new Error('This world has no platforms.');
  await world.platforms.faults.set(fault, on);
}

export async function incidentOf(world: World, id: string): Promise<Incident> {
  const incident = await world.tocsin.incidents.find(id);
  if (incident === null) throw new Error(`There is no ${id}.`);
  return incident;
}

/** The newest plan of an incident. */
export async function planOf(world: World, id: string): Promise<Plan> {
  const plan = Object.values((await incidentOf(world, id)).plans).at(-1);
  if (plan === undefined) throw new Error(`${id} has no plan: ${JSON.stringify(await refusals(world, id))}`);
  return plan;
}

/** Asks for a remedy in an incident's room and waits for its plan. */
export async function request(world: World, { id, room }: Situation, remedy: string, user = ADA): Promise<Plan> {
  await world.say(user, room, `/runbook run ${remedy}`);
  return planOf(world, id);
}

/** The newest message in a channel that says all of this. */
export function messageWith(world: World, channel: string, ...words: readonly string[]): Message {
  const found = world.slack.messages(channel).findLast((message) => words.every((word) => readable(message).includes(word)));
  if (found === undefined) throw new Error(`No message in ${channel} says ${words.join(' and ')}. There are:\n${world.texts(channel).join('\n')}`);
  return found;
}

/** Presses a button of a plan's card in the room, and waits for all that follows. */
export async function press(world: World, user: string, { room }: Situation, plan: Plan, action: string): Promise<void> {
  const card = messageWith(world, room, plan.id, action);
  await world.slack.as(user).click(room, card.ts, { action_id: action });
  await world.settled();
}

export async function approve(world: World, user: string, situation: Situation, plan: Plan): Promise<void> {
  await press(world, user, situation, plan, 'plan.approve');
}

/** Approves a plan whose effect is looked for in vain, and lets the minutes pass that it is looked for. */
export async function approveInVain(world: World, user: string, situation: Situation, plan: Plan, minutes: number): Promise<void> {
  const card = messageWith(world, situation.room, plan.id, 'plan.approve');
  await world.slack.as(user).click(situation.room, card.ts, { action_id: 'plan.approve' });
  const end = performance.now() + 120_000;
  while (!(await world.tocsin.store.records(situation.id)).some(({ type }) => type === 'change.applied')) {
    if (performance.now() > end) throw new Error(`“${plan.title}” is not applied.`);
    await setTimeout(50);
  }
  await world.later(minutes);
}

/** Presses a button that opens a form, fills in its one text and submits it. */
export async function pressAndSay(world: World, user: string, situation: Situation, plan: Plan, action: string, text: string): Promise<void> {
  await press(world, user, situation, plan, action);
  const view = world.slack.views(user).at(-1);
  if (view === undefined) throw new Error(`${action} opened no form for ${user}.`);
  await world.slack.as(user).submitView(view.id, { text });
  await world.settled();
}

/** The environment of a deployment's first container, by name. */
export function environmentOf(world: World, namespace: string, deployment: string): Readonly<Record<string, string | undefined>> {
  const object = world.platforms?.kubernetes.cluster.get('deployments.apps', namespace, deployment);
  const containers = (object as unknown as { spec: { template: { spec: { containers: { env?: { name: string; value?: string }[] }[] } } } }).spec
    .template.spec.containers;
  return Object.fromEntries((containers[0]?.env ?? []).map(({ name, value }) => [name, value]));
}

/** Codes of what people were refused, oldest first. */
export async function refusals(world: World, id: string): Promise<string[]> {
  const records = await world.tocsin.store.records(id);
  return records.filter(({ type }) => type === 'command.refused').map(({ data }) => String((data as { code?: unknown }).code));
}

/** The record data of one type, oldest first. */
export async function dataOf(world: World, id: string, type: string): Promise<Record<string, unknown>[]> {
  return (await world.tocsin.store.records(id)).filter((record) => record.type === type).map(({ data }) => data as Record<string, unknown>);
}

/** Whether nothing was changed: no intent, no application. */
export async function nothingChanged(world: World, id: string): Promise<boolean> {
  const types = (await world.tocsin.store.records(id)).map(({ type }) => type);
  return !types.some((type) => type === 'change.intended' || type === 'change.applied');
}
