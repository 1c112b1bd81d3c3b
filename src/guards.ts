import { createGuard, deleteGuard, guardFor, guardName } from './actions/k8s/guard.ts';
import { workloadPlace } from './actions/pods.ts';
import type { Config } from './config.ts';
import type { Contexts } from './contexts.ts';
import { UserError } from './domain/errors.ts';
import type { Guards } from './engine/runbooks/deps.ts';

const GUARD_TIMEOUT = 60_000;

/** What a guard can revert: environment variables, which is what a bypass is. Other changes are the bot's alone. */
const GUARDED = 'k8s.set-env';

type EnvSnapshot = Parameters<typeof guardFor>[0]['snapshot'];

/** Guards in the service's cluster, where it names an image for them (tocsin.yml: kubernetes.guard). */
export function guardsOf(config: Config, contexts: Contexts): Guards {
  const guardOf = (service: string) => config.file.services[service]?.kubernetes?.guard ?? null;
  return {
    async set({ service, plan, uses, input, snapshot, deadline }) {
      const guard = guardOf(service);
      if (guard === null || uses !== GUARDED || snapshot === null) return null;
      const context = contexts.create({ service, incident: null, signal: AbortSignal.timeout(GUARD_TIMEOUT) });
      const target = (input as { target?: unknown }).target;
      if (typeof target !== 'string') throw new UserError('wrong-input', `${uses} names no target to guard.`);
      const place = workloadPlace(context, target);
      const made = guardFor({
        plan,
        workload: { kind: place.ref.kind, name: place.ref.name },
        namespace: place.cluster.namespace,
        snapshot: snapshot as unknown as EnvSnapshot,
        deadline,
        now: await context.now(),
        image: guard.image,
        serviceAccount: guard.service_account,
      });
      await createGuard(place.cluster, made);
      return made.name;
    },
    async remove(service, plan) {
      if (guardOf(service) === null) return;
      const context = contexts.create({ service, incident: null, signal: AbortSignal.timeout(GUARD_TIMEOUT) });
      await deleteGuard(context.cluster(), guardName(plan));
    },
  };
}
