import { createGuard, deleteGuard, guardFor, guardName } from '../actions/k8s/guard.ts';
import { checkGuard } from '../actions/k8s/guard-check.ts';
import { workloadPlace } from '../actions/shared/pods.ts';
import type { Config } from '../config/load.ts';
import { UserError } from '../domain/errors.ts';
import { readBack } from '../domain/json.ts';
import type { GuardedStep, Guards } from '../engine/runbooks/deps.ts';
import type { Contexts } from './contexts.ts';

const GUARD_TIMEOUT = 60_000;

/** What a guard can revert: environment variables, which is what a bypass is. Other changes are the bot's alone. */
const GUARDED = 'k8s.set-env';

type EnvSnapshot = Parameters<typeof guardFor>[0]['snapshot'];

/** Guards beside what they revert, in the target's own cluster and namespace, where the service names an image for them (tocsin.yml: kubernetes.guard). */
export function guardsOf(config: Config, contexts: Contexts): Guards {
  const guardOf = (service: string) => config.file.services[service]?.kubernetes?.guard ?? null;

  function contextOf(service: string) {
    return contexts.create({ service, incident: null, signal: AbortSignal.timeout(GUARD_TIMEOUT) });
  }

  function placeOf({ service, uses, input }: Pick<GuardedStep, 'service' | 'uses' | 'input'>) {
    const target = (input as { target?: unknown }).target;
    if (typeof target !== 'string') throw new UserError('wrong-input', `${uses} names no target to guard.`);
    return workloadPlace(contextOf(service), target);
  }

  return {
    async set({ snapshot, deadline, ...guarded }) {
      const guard = guardOf(guarded.service);
      if (guard === null || guarded.uses !== GUARDED || snapshot === null) return null;
      const { cluster, ref } = placeOf(guarded);
      const made = guardFor({
        plan: guarded.plan,
        step: guarded.step,
        workload: { kind: ref.kind, name: ref.name },
        namespace: cluster.namespace,
        snapshot: readBack<EnvSnapshot>(snapshot),
        deadline,
        now: await contextOf(guarded.service).now(),
        image: guard.image,
        serviceAccount: guard.service_account,
      });
      await createGuard(cluster, made);
      return made.name;
    },
    async remove(guarded) {
      if (guardOf(guarded.service) === null || guarded.uses !== GUARDED) return;
      const { cluster } = placeOf(guarded);
      await deleteGuard(cluster, guardName(guarded.plan, guarded.step));
      // As a release before named it, of which one may still stand.
      await deleteGuard(cluster, guardName(guarded.plan));
    },
    async check(guarded) {
      const guard = guardOf(guarded.service);
      if (guard === null || guarded.uses !== GUARDED) return [];
      const { cluster, ref } = placeOf(guarded);
      return checkGuard(cluster, { image: guard.image, serviceAccount: guard.service_account, workload: { kind: ref.kind, name: ref.name } });
    },
  };
}
