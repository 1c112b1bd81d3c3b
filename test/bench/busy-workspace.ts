import { demoSeed } from '../../demo/workspace.ts';
import type { WorkspaceSeed } from '../../simulators/slack/index.ts';

/** A company as it is in a storm: many services, each with an on-call of its own, and people who look on. */
export interface BusyWorkspace {
  readonly seed: WorkspaceSeed;
  /** `tocsin.yml` without the evidence. */
  readonly config: string;
  readonly services: readonly string[];
  /** Who responds to each service; everybody who is called is one of them. */
  readonly teams: readonly (readonly string[])[];
  /** Those who are in no team. */
  readonly others: readonly string[];
}

export const INCIDENTS_CHANNEL = 'C0INCIDENTS';
const UPDATES_CHANNEL = 'C0UPDATES';
const ALERTS_CHANNEL = 'C0ALERTS';
export const ALERTMANAGER_TOKEN = 'bench-alertmanager';

/** `people` in all, of whom two respond to each of `services`. */
export function busyWorkspace({ services, people }: { readonly services: number; readonly people: number }): BusyWorkspace {
  const ids = Array.from({ length: people }, (_, index) => `U0P${String(index).padStart(4, '0')}`);
  const names = Array.from({ length: services }, (_, index) => `service-${index + 1}`);
  const teams = names.map((_, index) => ids.slice(2 * index, 2 * index + 2));
  const demo = demoSeed();
  const members = [...ids, demo.bot.userId];
  const config = [
    'services:',
    ...names.flatMap((name, index) => [
      `  ${name}:`,
      `    name: Service ${index + 1}`,
      `    channels: { incidents: ${INCIDENTS_CHANNEL}, updates: ${UPDATES_CHANNEL}, alerts: ${ALERTS_CHANNEL} }`,
      `    responders: [{ usergroup: S0TEAM${index} }]`,
      `    escalation: [{ usergroup: S0TEAM${index} }]`,
    ]),
    'roles:',
    '  responder: { usergroup: S0EVERYBODY }',
    '  incident-commander: { usergroup: S0EVERYBODY }',
    '  security: { usergroup: S0TEAM0 }',
    'webhooks:',
    '  alertmanager: { token_env: ALERTMANAGER_TOKEN, default_service: service-1 }',
  ].join('\n');
  return {
    config,
    services: names,
    teams,
    others: ids.slice(2 * services),
    seed: {
      ...demo,
      users: ids.map((id) => ({ id, name: id.toLowerCase(), real_name: `Person ${id.slice(3)}` })),
      usergroups: [
        ...teams.map((users, index) => ({ id: `S0TEAM${index}`, handle: `team-${index}`, name: `Team ${index}`, users: [...users] })),
        { id: 'S0EVERYBODY', handle: 'engineering', name: 'Engineering', users: ids },
      ],
      channels: [
        { id: INCIDENTS_CHANNEL, name: 'incidents', members },
        { id: UPDATES_CHANNEL, name: 'updates', members },
        { id: ALERTS_CHANNEL, name: 'alerts', members },
      ],
    },
  };
}
