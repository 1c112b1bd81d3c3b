import { noise } from '../../containers/program.ts';
import { clone } from '../../json.ts';
import type { Deployment, Pod, PodTemplate } from '../../kinds.ts';
import type { Fault, Kit } from '../platform.ts';
import { drain, fillUp } from './evidence.ts';
import { type Aureus, BAD_IMAGE, backend, CLAIM, HOUR, limits, MAX_CONNECTIONS, MINUTE, NAMESPACE, POLICY_KEY, RESERVED, SPIKE } from './state.ts';

function frontendDeployment(kit: Kit): Deployment | undefined {
  return kit.cluster.store.get<Deployment>('deployments.apps', NAMESPACE, 'aureus-frontend');
}

/** What can go wrong with AUREUS. */
export function aureusFaults(state: Aureus): Fault[] {
  const image = (kit: Kit): string => frontendDeployment(kit)?.spec.template.spec.containers[0]?.image ?? '';
  const setImage = (kit: Kit, template: (current: PodTemplate) => PodTemplate): void => {
    const deployment = frontendDeployment(kit);
    if (deployment !== undefined)
      kit.cluster.store.change<Deployment>('deployments.apps', deployment, (draft) => void (draft.spec.template = template(draft.spec.template)));
  };
  const evidence = (kit: Kit): ReturnType<Kit['machine']['volume']> => kit.machine.volume(NAMESPACE, CLAIM);
  return [
    {
      id: 'frontend-down',
      title: 'Frontend crashes after a bad release',
      active: (kit) => image(kit) === BAD_IMAGE,
      inject(kit) {
        if (image(kit) === BAD_IMAGE) return;
        state.ripe = false;
        state.goodTemplate = clone(frontendDeployment(kit)?.spec.template);
        setImage(kit, (template) => {
          const next = clone(template);
          for (const container of next.spec.containers) if (container.name === 'frontend') container.image = BAD_IMAGE;
          return next;
        });
      },
      clear(kit) {
        const good = state.goodTemplate;
        if (image(kit) === BAD_IMAGE && good !== undefined) setImage(kit, () => clone(good));
        state.ripe = false;
      },
    },
    {
      id: 'postgres-connections-exhausted',
      title: 'PostgreSQL has no free connections',
      active: (kit) => state.exhausted(kit),
      inject(kit) {
        const pods = kit.cluster.store
          .list<Pod>('pods', NAMESPACE)
          .filter((pod) => pod.metadata.labels?.['component'] === 'frontend' && pod.status.phase === 'Running');
        const now = kit.cluster.clock.now();
        state.leaked = [];
        for (let pid = 1_000; pods.length > 0 && state.connections(kit).length < MAX_CONNECTIONS - RESERVED; pid += 1) {
          const pod = pods[pid % pods.length];
          if (pod === undefined) break;
          const active = pid % 12 === 0;
          const changed = active ? now - 5_000 : now - 12 * MINUTE - noise('idle', pid) * HOUR;
          state.leaked.push(
            backend(pid, pod, active ? 'active' : 'idle', changed, active ? 'SELECT * FROM evidence WHERE category = $1' : 'ROLLBACK'),
          );
        }
      },
      clear() {
        state.leaked = [];
      },
    },
    {
      id: 'evidence-volume-full',
      title: 'Evidence volume is full',
      active: (kit) => evidence(kit).used / evidence(kit).capacity() >= 0.95,
      inject: (kit) => fillUp(evidence(kit), kit.cluster.clock.now()),
      clear: (kit) => drain(evidence(kit)),
    },
    {
      id: 'policy-engine-down',
      title: 'Policy engine is down',
      active: () => state.policyDown(),
      inject(kit) {
        state.corruptSince ??= kit.cluster.clock.now();
        state.knownRestarts = new Set(restarts(kit, false));
        for (const instance of kit.machine.instances(NAMESPACE, /^redis:/)) state.redis.of(instance).set(POLICY_KEY, 'broken');
      },
      clear(kit) {
        state.corruptSince = undefined;
        for (const instance of kit.machine.instances(NAMESPACE, /^redis:/)) state.redis.of(instance).set(POLICY_KEY, 'bundle-0.1.0');
      },
    },
    {
      id: 'rate-limits-false',
      title: 'Rate limits block legitimate users',
      active(kit) {
        if (!state.spike) return false;
        const serving = kit.machine
          .instances(NAMESPACE, /^aureus\/frontend:/)
          .filter((instance) => instance.pod().metadata.deletionTimestamp === undefined);
        return serving.some((instance) => {
          const { enabled, query, deploy } = limits(instance);
          return enabled && (query < SPIKE.query || deploy < SPIKE.deploy);
        });
      },
      inject(kit) {
        state.spike = true;
        for (const instance of kit.machine.instances(NAMESPACE, /^redis:/))
          for (const user of ['ana.analyst', 'ben.builder', 'carla.ops', 'dora.data'])
            state.redis.of(instance).set(`ratelimit:query:${user}@example.com`, '16', kit.cluster.clock.now() + HOUR);
      },
      clear() {
        state.spike = false;
      },
    },
  ];
}

/** The bad release crashes once the rollout is complete: until then its old siblings keep the index alive. */
export function ripen(state: Aureus, kit: Kit): void {
  const deployment = frontendDeployment(kit);
  if (deployment === undefined || state.ripe || deployment.spec.template.spec.containers[0]?.image !== BAD_IMAGE) return;
  const pods = kit.cluster.store.list<Pod>('pods', NAMESPACE).filter((pod) => pod.metadata.labels?.['component'] === 'frontend');
  const fresh = pods.filter((pod) => pod.spec.containers[0]?.image === BAD_IMAGE && pod.status.phase === 'Running');
  if (fresh.length >= deployment.spec.replicas && fresh.length === pods.length) state.ripe = true;
}

function restarts(kit: Kit, readyOnly: boolean): string[] {
  return kit.cluster.store
    .list<Pod>('pods', NAMESPACE)
    .filter((pod) => pod.metadata.labels?.['component'] === 'frontend')
    .filter((pod) => !readyOnly || pod.status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true)
    .flatMap((pod) => pod.metadata.annotations?.['kubectl.kubernetes.io/restartedAt'] ?? []);
}

/** A restart that somebody asked for reads the policies anew and writes a good bundle; a rollout for another reason does not. */
export function reload(state: Aureus, kit: Kit): void {
  if (state.policyDown() && restarts(kit, true).some((at) => !state.knownRestarts.has(at))) state.corruptSince = undefined;
}
