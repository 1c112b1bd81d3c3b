import { createHmac, randomUUID } from 'node:crypto';
import { userJson } from '../routes/shapes-people.ts';
import { repositoryJson } from '../routes/shapes-repository.ts';
import { accountOf, type Repository, type World } from './state.ts';

export interface Webhook {
  readonly url: string;
  readonly secret: string;
  /** `workflow_run`, `pull_request`, `push`; all when unset. */
  readonly events?: readonly string[];
}

export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly action: string | null;
  readonly url: string;
  readonly body: string;
  /** ms since 1970. */
  readonly at: number;
  /** HTTP status of each try; `null`: no answer. */
  readonly tries: (number | null)[];
}

/** GitHub waits ten seconds for an answer, and does not try again by itself. */
const PATIENCE_MS = 10_000;

export interface Webhooks {
  readonly deliveries: readonly Delivery[];
  emit(world: World, event: string, repository: Repository, payload: Readonly<Record<string, unknown>>, sender: string): void;
  redeliver(id: string): Promise<void>;
  /** Until everything under way has been answered. */
  settled(): Promise<void>;
}

export function createWebhooks(hooks: readonly Webhook[]): Webhooks {
  const deliveries: Delivery[] = [];
  const underWay = new Set<Promise<void>>();

  async function deliver(delivery: Delivery, hook: Webhook, index: number): Promise<void> {
    try {
      const response = await fetch(delivery.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'GitHub-Hookshot/simulated',
          'x-github-event': delivery.event,
          'x-github-delivery': delivery.id,
          'x-github-hook-id': String(index + 1),
          'x-github-hook-installation-target-type': 'repository',
          'x-hub-signature-256': `sha256=${createHmac('sha256', hook.secret).update(delivery.body).digest('hex')}`,
        },
        body: delivery.body,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      delivery.tries.push(response.status);
    } catch {
      delivery.tries.push(null);
    }
  }

  function start(delivery: Delivery, hook: Webhook, index: number): Promise<void> {
    const done = deliver(delivery, hook, index).finally(() => underWay.delete(done));
    underWay.add(done);
    return done;
  }

  return {
    deliveries,
    emit(world, event, repository, payload, sender) {
      for (const [index, hook] of hooks.entries()) {
        if (hook.events !== undefined && !hook.events.includes(event)) continue;
        const body = JSON.stringify({
          ...payload,
          repository: repositoryJson(world, repository),
          organization: userJson(world.organization),
          sender: userJson(accountOf(world, sender)),
        });
        const action = typeof payload['action'] === 'string' ? payload['action'] : null;
        const delivery: Delivery = { id: randomUUID(), event, action, url: hook.url, body, at: world.now(), tries: [] };
        deliveries.push(delivery);
        void start(delivery, hook, index);
      }
    },
    async redeliver(id) {
      const delivery = deliveries.find((one) => one.id === id);
      const index = hooks.findIndex(({ url }) => url === delivery?.url);
      const hook = hooks[index];
      if (delivery === undefined || hook === undefined) throw new Error(`There is no delivery ${id}.`);
      await start(delivery, hook, index);
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
