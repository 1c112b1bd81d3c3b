import type { ConfigFile } from '../../config/schema.ts';
import { missingRoles, type Plan } from '../../domain/change/plans.ts';
import { waitsFor } from '../../domain/change/waiting.ts';
import { UserError } from '../../domain/errors.ts';
import type { Person } from '../../domain/incident/commands.ts';
import { type Incident, isIn } from '../../domain/incident/incident.ts';
import { PLAN_ASK_MESSAGE, PLAN_LIST_MESSAGE } from '../../domain/messages/messages.ts';
import type { Who } from '../../domain/policy.ts';
import { type Incidents, sendMessage } from '../../engine/incidents/incidents.ts';
import { ASK_APPROVERS } from '../../engine/run-kinds.ts';
import { own } from '../../lib/own.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { InputOf, Run, RunContext } from '../../ports/runs.ts';
import type { Store } from '../../ports/store.ts';
import { mayPass, type People } from '../people.ts';
import { type CallingDeps, callIntoPrivate } from './call-into-private.ts';

/** How many of a role are asked at first; the others are when half of the time is over. */
const ASKED_AT_FIRST = 2;

export interface ApproversDeps extends CallingDeps {
  readonly store: Store;
  readonly incidents: Incidents;
  readonly people: Pick<People, 'members'>;
  /** A person with the roles they hold for a service. @throws UserError `roles-unknown` */
  readonly personIn: (user: string, service: string) => Promise<Person>;
  readonly roles: ConfigFile['roles'];
  /** Who answers for a service: the holders of the role `responder`. */
  readonly respondersOf: (service: string) => readonly Who[];
}

/** Asks for approvals where people will see it: a direct message with the diff and the buttons, as well as the card in the room. */
export function approverRun(deps: ApproversDeps): Run {
  async function ask(run: RunContext, { incident: id, plan: planId, seq, again }: InputOf<typeof ASK_APPROVERS>): Promise<void> {
    const asked = await run.step('people', async () => {
      const incident = await deps.incidents.find(id);
      const plan = incident?.plans[planId];
      if (incident === null) throw new RetryLater(500);
      if (plan === undefined || plan.status !== 'waiting') return [];
      const able = [...(await approversOf(incident, plan, again))];
      // Nobody outside of a drill is troubled: the card in its channel asks those who joined.
      return incident.drill === undefined ? able : able.filter((user) => isIn(incident, user));
    });
    await callIntoPrivate(deps, run, id, asked);
    // A run of the release before has kept no such thing.
    const lists = await run.step('lists', async () => (await deps.incidents.find(id))?.plans[planId]?.lists === true);
    await run.write('messages', async (tx) => {
      for (const user of asked) {
        const key = `${planId}:ask:${user}`;
        await sendMessage(tx, { key, stream: id, seq, lane: user, to: { kind: 'person', user }, ...PLAN_ASK_MESSAGE.with({}) });
        if (!lists) continue;
        const under = { kind: 'under', message: key } as const;
        // A lane of its own: no page of theirs waits behind it.
        await sendMessage(tx, { key: `${key}:list`, stream: id, seq, lane: `${key}:list`, to: under, ...PLAN_LIST_MESSAGE.with({}) });
      }
      return asked.length;
    });
    await run.writeAfter(
      'completion',
      async () => {
        const incident = await deps.incidents.find(id);
        const plan = incident?.plans[planId];
        return incident === null || plan === undefined || plan.status !== 'waiting' ? null : peopleFor(incident, plan);
      },
      async (tx, people) => {
        if (people !== null) await deps.incidents.tell(tx, id, { type: 'completion', plan: planId, people });
        return people?.length ?? 0;
      },
    );
  }

  /**
   * Those who could approve a plan, who asked for it and who has approved it, with the roles that they hold now. As many of each role as there are
   * roles, and one more for the command, are enough to know whether different people can fill all of them.
   */
  async function peopleFor(incident: Incident, plan: Plan): Promise<readonly Person[]> {
    const found = new Map<string, Person>();
    const known = async (user: string, role: string | null) => {
      const person = found.get(user) ?? (await personOf(user, incident.service));
      // Of whom Slack says nothing is believed to hold what the group says.
      const believed = person ?? { id: user, roles: role === null ? [] : [role], trusted: true };
      found.set(user, believed);
      return believed;
    };
    for (const user of [plan.requester, ...plan.approvals.map((approval) => approval.user), ...Object.values(incident.roles)])
      await known(user, null);
    for (const role of plan.needs) {
      let holding = 0;
      for (const user of new Set(await holdersOf(role, incident.service))) {
        const { trusted, roles } = await known(user, role);
        if (trusted && roles.includes(role)) holding += 1;
        if (holding > plan.needs.length) break;
      }
    }
    return [...found.values()];
  }

  /** Of each missing role, who can decide: the assigned commander, or the first of the group; everybody when it is asked again. */
  async function approversOf(incident: Incident, plan: Plan, again: boolean): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    if (await mayConfirmAlone(incident, plan)) return found;
    for (const role of missingRoles(plan.needs, plan.approvals)) {
      const commander = incident.roles['incident-commander'];
      const holders = role === 'incident-commander' ? (commander === undefined ? [] : [commander]) : await holdersOf(role, incident.service);
      const able = await ableOf(role, holders, incident, plan, again ? holders.length : ASKED_AT_FIRST);
      for (const user of able) found.add(user);
    }
    return found;
  }

  /** Whether the one person whom the plan needs is who asked for it: nobody else is troubled while they hold the role. */
  async function mayConfirmAlone(incident: Incident, plan: Plan): Promise<boolean> {
    if (plan.confirms !== true) return false;
    const person = await personOf(plan.requester, incident.service);
    return person === null || waitsFor(incident, person, await deps.store.now()).some(({ id }) => id === plan.id);
  }

  /**
   * The first of these whose approval would count, by the same rule as the click itself: nobody is asked what they cannot decide. Who asked for the plan
   * sees it on its card, where they may confirm it if that is theirs. Of whom Slack says nothing is asked too, and takes nobody's place.
   */
  async function ableOf(role: string, holders: readonly string[], incident: Incident, plan: Plan, most: number): Promise<readonly string[]> {
    const able: string[] = [];
    const unknown: string[] = [];
    const now = await deps.store.now();
    for (const user of new Set(holders)) {
      if (user === plan.requester) continue;
      if (able.length >= most) break;
      const known = await personOf(user, incident.service);
      const person = known ?? { id: user, roles: [role], trusted: true };
      if (waitsFor(incident, person, now).some(({ id }) => id === plan.id)) (known === null ? unknown : able).push(user);
    }
    return [...able, ...unknown];
  }

  /** `null` when Slack refuses to say anything of them. What may pass is thrown, and tried again. */
  async function personOf(user: string, service: string): Promise<Person | null> {
    try {
      return await deps.personIn(user, service);
    } catch (error) {
      if (error instanceof UserError && error.code === 'roles-unknown' && !mayPass(error)) return null;
      throw error;
    }
  }

  async function holdersOf(role: string, service: string): Promise<readonly string[]> {
    const users: string[] = [];
    for (const who of whoHolds(deps.roles, role, deps.respondersOf(service))) users.push(...(await deps.people.members(who)));
    return users;
  }

  return ASK_APPROVERS.does(ask);
}

/** The configured holders of a role; `responder` includes those who answer for the service. */
export function whoHolds(roles: ConfigFile['roles'], role: string, responders: readonly Who[]): readonly Who[] {
  const configured = own(roles, role);
  const holders: Who[] =
    configured === undefined ? [] : 'usergroup' in configured ? [{ usergroup: configured.usergroup }] : configured.users.map((user) => ({ user }));
  return role === 'responder' ? [...holders, ...responders] : holders;
}
