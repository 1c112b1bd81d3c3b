import { expect, test } from '@jest/globals';
import type { Person } from '../../src/domain/incident/commands.ts';
import type { Incident } from '../../src/domain/incident/incident.ts';
import type { Incidents } from '../../src/engine/incidents/incidents.ts';
import type { RunContext } from '../../src/ports/runs.ts';
import type { Store, StoreTx } from '../../src/ports/store.ts';
import { rolesUnknown } from '../../src/slack/people.ts';
import { approverRun } from '../../src/slack/receive/approvers.ts';
import { ChangeLife, PLAN } from '../blocks/helpers/changes.ts';

const SAID = { title: 'Down', service: 'AUREUS', remedy: 'Enable policy bypass', text: 'why', many: 1 };
const SECURITY = ['U0GUEST', 'U0ADA', 'U0MARY', 'U0SAM', 'U0TOM'];

/** Who holds what: a guest is in the group, ada, who asked, fills the commander's role, and linus holds none. */
async function person(user: string): Promise<Person> {
  const roles = user === 'U0ADA' ? ['incident-commander', 'security'] : SECURITY.includes(user) ? ['security'] : [];
  return { id: user, roles, trusted: user !== 'U0GUEST' };
}

/** Whom a run asks, in order. */
async function asked(incident: Incident, again: boolean, personIn = person, roles: readonly string[] = ['security']): Promise<readonly string[]> {
  const sent: string[] = [];
  const tx = { addMessage: async ({ lane }) => void sent.push(lane), enqueue: async () => undefined } as Partial<StoreTx> as StoreTx;
  const run: RunContext = {
    id: 'r',
    step: (name, work) => work(name),
    write: (_name, work) => work(tx),
    writeAfter: async (name, prepare, work) => work(tx, await prepare(name)),
    sleep: async () => undefined,
    signal: async () => null,
  };
  const asking = approverRun({
    store: { now: async () => incident.milestones.declared } as Partial<Store> as Store,
    incidents: { find: async () => incident, tell: async () => null } as Partial<Incidents> as Incidents,
    people: { members: async () => SECURITY },
    invite: async () => null,
    personIn,
    roles: Object.fromEntries(roles.map((role) => [role, { usergroup: 'S0SEC' }])),
    respondersOf: () => [],
  });
  await asking.flow(run, { incident: incident.id, plan: PLAN, seq: 1, again });
  return sent;
}

test('only those are asked whose approval would count: no guest, nobody whose role is filled already', async () => {
  const life = new ChangeLife(SAID);
  life.request();
  life.plan();
  expect(await asked(life.incident, false)).toEqual(['U0MARY', 'U0SAM']);
  expect(await asked(life.incident, true)).toEqual(['U0MARY', 'U0SAM', 'U0TOM']);
});

test('who asked for the plan gets no direct message of it, whatever they may confirm', async () => {
  const life = new ChangeLife(SAID);
  life.request({ id: 'U0MARY', roles: ['responder'], trusted: true });
  life.plan();
  const commanded: Incident = { ...life.incident, roles: { 'incident-commander': 'U0ADA' } };
  expect(await asked(commanded, false)).toEqual(['U0ADA', 'U0SAM']);
  expect(await asked(commanded, true)).toEqual(['U0ADA', 'U0SAM', 'U0TOM']);
});

test('a commander who is not in the group cannot decide, and is not asked', async () => {
  const life = new ChangeLife(SAID);
  life.request({ id: 'U0GRACE', roles: ['responder'], trusted: true });
  life.plan();
  const commandedBy = (user: string): Incident => ({ ...life.incident, roles: { 'incident-commander': user } });
  expect(await asked(commandedBy('U0LINUS'), false)).toEqual(['U0ADA', 'U0MARY']);
  expect(await asked(commandedBy('U0ADA'), false)).toEqual(['U0ADA', 'U0MARY']);
});

/** The same, but Slack says this of one of them. */
function saying(user: string, error: string): (one: string) => Promise<Person> {
  return async (one) => {
    if (one === user) throw rolesUnknown({ code: 'slack_webapi_platform_error', data: { ok: false, error } });
    return person(one);
  };
}

test.each(['user_not_found', 'user_not_visible'])('one of whom Slack says %s keeps nobody from being asked, and is asked too', async (error) => {
  const life = new ChangeLife(SAID);
  life.request();
  life.plan();
  expect(await asked(life.incident, false, saying('U0MARY', error))).toEqual(['U0SAM', 'U0TOM', 'U0MARY']);
  expect(await asked(life.incident, false, saying('U0ADA', error))).not.toContain('U0ADA');
});

test('a change that its requester may confirm alone troubles nobody else, also at half time; without the role it does', async () => {
  const life = new ChangeLife(SAID, { risk: 'change' });
  life.request();
  life.plan();
  const holding = async (user: string): Promise<Person> => ({ ...(await person(user)), roles: ['responder'] });
  for (const again of [false, true]) expect(await asked(life.incident, again, holding)).toEqual([]);
  expect(life.current.confirms).toBe(true);
  const lost = async (user: string): Promise<Person> => ({ ...(await person(user)), roles: user === 'U0ADA' ? [] : ['responder'] });
  expect(await asked(life.incident, false, lost, ['responder'])).toEqual(['U0MARY', 'U0SAM']);
});

test('while Slack cannot be asked, it is tried again', async () => {
  const life = new ChangeLife(SAID);
  life.request();
  life.plan();
  await expect(asked(life.incident, false, saying('U0MARY', 'internal_error'))).rejects.toMatchObject({ code: 'roles-unknown' });
});
