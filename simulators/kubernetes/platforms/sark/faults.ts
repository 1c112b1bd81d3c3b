import type { Deployment } from '../../kinds.ts';
import type { Fault, Kit } from '../platform.ts';
import { COMPROMISED } from './audit.ts';
import { BAD_POLICIES, NAMESPACE, type Sark, TIMESCALE_CLAIM } from './state.ts';

const HOUR = 3_600_000;
const USUAL_SHARE = 0.42;

function mountPolicies(state: Sark, kit: Kit, name: string): void {
  const deployment = state.deployment(kit, 'opa');
  if (deployment === undefined) return;
  kit.cluster.store.change<Deployment>('deployments.apps', deployment, (draft) => {
    for (const volume of draft.spec.template.spec.volumes ?? []) if (volume.configMap !== undefined) volume.configMap.name = name;
    draft.metadata.managedFields = [byPerson(kit, { 'f:spec': { 'f:template': {} } })];
  });
}

/** What the API server notes of a write by kubectl. */
function byPerson(kit: Kit, fields: object): object {
  const time = new Date(kit.cluster.clock.now()).toISOString().replace(/\.\d+/, '');
  return { manager: 'kubectl-edit', operation: 'Update', time, fieldsType: 'FieldsV1', fieldsV1: fields };
}

function badPolicies(state: Sark, kit: Kit): void {
  if (kit.cluster.store.get('configmaps', NAMESPACE, BAD_POLICIES) !== undefined) return;
  const text = state.policies(kit)?.data?.['mcp_authorization.rego'] ?? '';
  kit.cluster.create('configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: BAD_POLICIES,
      namespace: NAMESPACE,
      labels: { app: 'opa' },
      managedFields: [byPerson(kit, { 'f:data': { '.': {}, 'f:mcp_authorization.rego': {} } })],
    },
    data: { 'mcp_authorization.rego': text.replace('default allow := false', 'default allow := false\n\nallow := "maybe" if { input.action }') },
  });
}

/** What can go wrong with SARK. */
export function sarkFaults(state: Sark): Fault[] {
  return [
    {
      id: 'opa-down',
      title: 'OPA is killed for lack of memory: three pods do not bear the load',
      active: (kit) => state.overloaded(kit),
      inject: () => void (state.opaLoad = true),
      clear: () => void (state.opaLoad = false),
    },
    {
      id: 'opa-corrupt',
      title: 'A bad policy was rolled out to OPA',
      active: (kit) => state.corrupt(kit),
      inject(kit) {
        badPolicies(state, kit);
        mountPolicies(state, kit, BAD_POLICIES);
      },
      clear: (kit) => mountPolicies(state, kit, 'opa-policies'),
    },
    {
      id: 'database-down',
      title: 'postgres-0 hangs and refuses connections',
      active: (kit) => state.databaseDown(kit),
      inject: (kit) => void (state.brokenDatabase = state.pods(kit, 'postgres')[0]?.metadata.uid),
      clear: () => void (state.brokenDatabase = undefined),
    },
    {
      id: 'latency',
      title: 'The API is slow: p95 above 200 ms',
      active: (kit) => state.p95(kit) > 200,
      inject: () => void (state.slow = true),
      clear: () => void (state.slow = false),
    },
    {
      id: 'audit-gap',
      title: 'Audit events have not been recorded for three hours',
      active: (kit) => state.auditStuck(kit),
      inject(kit) {
        for (const pod of state.pods(kit, 'sark-api')) state.stuckWriters.add(pod.metadata.uid);
        if (!state.gaps.some((gap) => gap.to === undefined)) state.gaps.push({ from: kit.cluster.clock.now() - 3 * HOUR, to: undefined });
      },
      clear() {
        state.stuckWriters.clear();
        state.gaps = [];
      },
    },
    {
      id: 'timescale-disk-full',
      title: 'The TimescaleDB volume is full',
      active: (kit) => state.timescaleFull(kit),
      inject(kit) {
        state.compressed = false;
        state.compression = false;
        state.compressAfter = null;
        const volume = kit.machine.volume(NAMESPACE, TIMESCALE_CLAIM);
        volume.hidden = volume.capacity();
      },
      clear: (kit) => state.fillTimescale(kit, USUAL_SHARE),
    },
    {
      id: 'compromised-server',
      title: 'A registered server is compromised',
      active: () => state.compromised && state.servers.find((server) => server.id === COMPROMISED)?.status === 'active',
      inject(kit) {
        state.compromised = true;
        state.critical.push(kit.cluster.clock.now());
        for (const server of state.servers) if (server.id === COMPROMISED) server.status = 'active';
      },
      clear() {
        state.compromised = false;
        state.critical = [];
        state.clearCritical = true;
      },
    },
  ];
}

/** Ends what a repair has ended: an open gap closes when the writers of audit events work again. */
export function settle(state: Sark, kit: Kit): void {
  const { now } = kit.cluster.clock;
  const open = state.gaps.find((gap) => gap.to === undefined);
  if (open === undefined && state.timescaleFull(kit)) state.gaps.push({ from: now(), to: undefined });
  else if (open !== undefined && !state.auditStopped(kit)) open.to = now();
  if (
    state.opaLoad &&
    state.pods(kit, 'opa').filter((pod) => pod.status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True')).length >= 5
  )
    state.opaLoad = false;
}
