import type { Agent } from 'node:http';
import type { Dispatcher } from 'undici';
import { type ProxyEnvironment, type ProxyFor, proxiesOf } from './proxies.ts';

/** How this process gets out where a proxy is set: one road for all that it asks (ADR 15). `fetch` takes it by itself. */
export interface Outbound {
  readonly proxyFor: ProxyFor;
  /** For `http.request` and what is built on it. `kept` sockets are used again, `fresh` ones are each request's own. */
  readonly kept: Agent;
  readonly fresh: Agent;
  /** For WebSockets of undici. */
  readonly dispatcher: Dispatcher;
}

let current: Outbound | null = null;

/**
 * From now on this process goes out as these variables say. Called once, before anything is asked. Without a proxy nothing is loaded, and
 * everything is asked directly.
 */
export async function useProxies(environment: ProxyEnvironment): Promise<void> {
  const proxyFor = proxiesOf(environment);
  if (proxyFor === null) {
    current = null;
    return;
  }
  const [{ OutboundAgent }, { installDispatcher }] = await Promise.all([import('./agents.ts'), import('./dispatcher.ts')]);
  current = {
    proxyFor,
    kept: new OutboundAgent(proxyFor, true),
    fresh: new OutboundAgent(proxyFor, false),
    dispatcher: installDispatcher(proxyFor),
  };
}

/** The way out; `null`: no proxy is set. */
export function outbound(): Outbound | null {
  return current;
}
