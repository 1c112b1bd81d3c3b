import { z } from 'zod';
import type { HiddenBypass } from '../../../blocks/approvals.ts';
import type { Answer, LookUp, Request, Service, SlashCommand } from '../../../commands/command.ts';
import { beingPlanned, pendingPlans } from '../../../src/domain/change/plans.ts';
import type { Person } from '../../../src/domain/incident/commands.ts';
import type { IncidentRecord } from '../../../src/domain/incident/events.ts';
import { type Incident, isOpen } from '../../../src/domain/incident/incident.ts';
import { loadRunbook, type Runbook } from '../../../src/engine/runbooks/load/runbook.ts';
import { type Action, changeAction, readAction } from '../../../src/ports/action.ts';
import { commander } from '../../blocks/helpers/changes.ts';
import { declared, type Life, policy, START } from '../../domain/helpers/incidents.ts';

const look = readAction({
  name: 'fake.look',
  about: 'Looks.',
  input: z.strictObject({ target: z.string() }),
  output: z.strictObject({ ready: z.number().int() }),
  targets: () => [],
  rights: () => [],
  run: async () => ({ output: { ready: 0 }, summary: 'none ready' }),
});

const set = changeAction({
  name: 'fake.set',
  about: 'Sets.',
  effect: 'change',
  input: z.strictObject({ value: z.string() }),
  output: z.strictObject({}),
  targets: () => [],
  rights: () => [],
  plan: async () => ({ summary: '', diff: '', noPlan: null, notes: [], touches: [], changes: true, scope: null, snapshot: null }),
  apply: async () => ({ output: {}, summary: 'set' }),
});

const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ['fake.look', look],
  ['fake.set', set],
]);

const POLICY = `
runbook: aureus/policy-engine-failure
title: Policy engine failure
service: aureus
severity: P1
diagnose:
  engine: { uses: fake.look, with: { target: engine } }
findings:
  - { when: diagnose.engine.ready == 0, says: No pod is ready., suggests: reload }
remedies:
  reload:
    title: Reload policies
    risk: change
    steps: [{ uses: fake.set, with: { value: "1" } }]
  clear-limit:
    title: Clear the limit of one user
    risk: destructive
    last_resort: true
    arguments:
      user: { about: The user, pattern: "[a-z][a-z0-9-]*" }
      limit: { about: The new limit, default: "20" }
    steps: [{ uses: fake.set, with: { value: =arg.user } }]
    approvals: { all: [{ role: incident-commander }, { role: responder }] }
  only-when-identified:
    title: For later
    risk: change
    when: incident.status == "identified"
    steps: [{ uses: fake.set, with: { value: "1" } }]
  bypass:
    title: Enable policy bypass
    risk: emergency
    steps: [{ uses: fake.set, with: { value: "1" } }]
    approvals: { all: [{ role: incident-commander }, { role: security }] }
    revert: { after: 1h }
`;

const minimal = (id: string, remedies = '') => `
runbook: ${id}
title: Runbook ${id}
service: ${id.split('/')[0]}
severity: P2
diagnose: { engine: { uses: fake.look, with: { target: engine } } }
${remedies}
`;

const FAIL_OPEN = `
remedies:
  fail-open:
    title: Fail open
    risk: emergency
    steps: [{ uses: fake.set, with: { value: "1" } }]
    approvals: { all: [{ role: incident-commander }, { role: security }] }
    revert: { after: 30m }
  also-open:
    title: Open another
    risk: emergency
    steps: [{ uses: fake.set, with: { value: "1" } }]
    approvals: { all: [{ role: incident-commander }, { role: security }] }
    revert: { after: 30m }
`;

export const RUNBOOKS: readonly Runbook[] = [
  minimal('aureus/assess'),
  POLICY,
  minimal('sark/policy-evaluation', FAIL_OPEN),
  minimal('sark/assess'),
].map((text) => {
  const loaded = loadRunbook(text, 'fixture.yml', ACTIONS);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.runbook;
});

function service(id: string): Service {
  return {
    id,
    name: id.toUpperCase(),
    defaultSeverity: 'P2',
    aliases: {},
    statusPage: null,
    channels: [`C0${id.toUpperCase()}`],
    incidents: 'C0INC',
    room: 'channel',
    roomName: '{id}',
    call: null,
    policy,
    contacts: [],
  };
}

export const SERVICES = ['aureus', 'sark', 'idle'].map(service);

export interface World {
  readonly lives?: readonly Pick<Life, 'incident' | 'records'>[];
  /** Bypasses of incidents that the person may not see. */
  readonly hidden?: readonly HiddenBypass[];
  /** What a diagnosis found outside of incidents, by its run. */
  readonly fills?: Readonly<Record<string, Awaited<ReturnType<LookUp['fills']>>>>;
  /** Is told which of many incidents a command reads, and how many at most. */
  readonly onRead?: (what: 'open' | 'unclosed' | 'pending', most: number) => void;
  readonly runbooks?: readonly Runbook[];
  readonly services?: readonly Service[];
  readonly rolesIn?: Readonly<Record<string, readonly string[]>>;
}

/** `person` is who asks; a role that they hold for one service only is in `rolesIn`. */
export function lookUp(
  { lives = [], hidden = [], fills = {}, onRead = () => undefined, runbooks = RUNBOOKS, services = SERVICES, rolesIn = {} }: World = {},
  person: Person = commander,
): LookUp {
  return {
    services,
    incident: async (id) => lives.find(({ incident }) => incident.id === id)?.incident ?? null,
    openIncidents: async (limit, service) => {
      onRead('open', limit);
      return lives
        .map(({ incident }) => incident)
        .filter((incident) => isOpen(incident) && (service === undefined || incident.service === service))
        .slice(0, limit);
    },
    gravestIncidents: async (limit) => {
      onRead('open', limit);
      const open = lives.map(({ incident }) => incident).filter(isOpen);
      return open.toSorted((one, other) => one.severity.localeCompare(other.severity)).slice(0, limit);
    },
    countOpen: async () => lives.filter(({ incident }) => isOpen(incident)).length,
    hiddenBypasses: async () => hidden,
    unclosedIncidents: async () => {
      onRead('unclosed', Number.POSITIVE_INFINITY);
      return lives.map(({ incident }) => incident);
    },
    pendingIncidents: async () => {
      onRead('pending', Number.POSITIVE_INFINITY);
      return lives.map(({ incident }) => incident).filter((incident) => pendingPlans(incident).length + beingPlanned(incident).length > 0);
    },
    newestIncidents: async (limit) => lives.map(({ incident }) => incident).slice(0, limit),
    records: async (id): Promise<readonly IncidentRecord[]> => lives.find(({ incident }) => incident.id === id)?.records ?? [],
    alert: async () => null,
    rotas: async () => ({ rotas: {}, swaps: [] }),
    openAlerts: async () => [],
    alertCard: async () => null,
    fills: async (diagnosis) => fills[diagnosis] ?? {},
    assignee: async () => ({ standing: 'member', roles: ['responder', 'incident-commander'], commanders: '<!subteam^S0IC>', away: null }),
    personIn: async (service) => ({ ...person, roles: [...person.roles, ...(rolesIn[service] ?? [])] }),
    drills: {
      records: async () => [],
      standings: async () => [],
      lastByRunbook: async () => new Map(),
      settingsOf: () => ({
        simulated: false,
        within: { diagnose_ms: 600_000, ask_ms: 1_200_000, approve_ms: 1_800_000 },
        sign_off: 'incident-commander',
      }),
    },
    runbooks: {
      list: (one) => runbooks.filter((runbook) => one === undefined || runbook.service === one),
      get: (id) => runbooks.find((runbook) => runbook.id === id) ?? null,
      problems: () => [{ file: 'broken.yml', line: 3, column: 1, key: 'risk', message: 'is missing' }],
    },
  };
}

export function request(more: Partial<Request> = {}): Request {
  return {
    id: 'request-1',
    person: commander,
    channel: 'C0OTHER',
    text: '',
    incident: null,
    inList: false,
    value: null,
    remember: {},
    message: null,
    now: START,
    ...more,
  };
}

/** An open incident of AUREUS that `commander` has taken. */
export function taken(severity: 'P0' | 'P1' = 'P1'): Life {
  const life = declared(severity);
  life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
  life.ask({ type: 'acknowledge' }, commander);
  return life;
}

/** Runs a subcommand as the dispatcher does. */
export async function say(command: SlashCommand, text: string, more: Partial<Request> = {}, world: World = {}): Promise<Answer> {
  const [word = ''] = text.trim().split(/\s+/);
  const name = word === '' ? (command.defaultSubcommand ?? 'help') : word;
  const subcommand = command.subcommands.find((one) => one.name === name);
  if (subcommand === undefined) throw new Error(`There is no ${command.name} ${name}.`);
  return subcommand.run(request({ ...more, text: text.trim().slice(word.length).trim() }), lookUp(world, more.person));
}

export async function press(
  command: SlashCommand,
  action: string,
  value: string,
  incident: Incident | null,
  world: World = {},
  more: Partial<Request> = {},
): Promise<Answer> {
  const handler = command.actions[action];
  if (handler === undefined) throw new Error(`There is no button ${action}.`);
  return handler(request({ incident, value, ...more }), lookUp(world, more.person));
}

export async function submit(
  command: SlashCommand,
  callbackId: string,
  input: Readonly<Record<string, unknown>>,
  more: Partial<Request>,
  world: World = {},
): Promise<Answer> {
  const view = command.views[callbackId];
  if (view === undefined) throw new Error(`There is no form ${callbackId}.`);
  const parsed = view.schema.safeParse(input);
  if (!parsed.success) throw new Error(parsed.error.issues[0]?.message ?? 'invalid');
  return view.submit(request(more), parsed.data, lookUp(world, more.person));
}

export const stranger: Person = { id: 'U0STRANGER', roles: [], trusted: true };
