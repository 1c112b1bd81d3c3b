import { Agent, Dispatcher, ProxyAgent, setGlobalDispatcher } from 'undici';
import type { ProxyFor } from './proxies.ts';
import { proxyProblem } from './proxy-error.ts';

/** A WebSocket keeps a socket of its own, and Node's fetch speaks nothing newer either. */
const HTTP1 = { allowH2: false } as const;

/** Sockets for fetch and WebSocket: each to the proxy that the address needs, or directly. What the proxy does wrong is said to be the proxy's. */
class OutboundDispatcher extends Dispatcher {
  readonly #proxyFor: ProxyFor;
  readonly #direct = new Agent(HTTP1);
  readonly #proxied = new Map<string, ProxyAgent>();

  constructor(proxyFor: ProxyFor) {
    super();
    this.#proxyFor = proxyFor;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const url = new URL(options.origin ?? 'http://localhost');
    const proxy = this.#proxyFor(url);
    if (proxy === null) return this.#direct.dispatch(options, handler);
    const tell = handler.onResponseError?.bind(handler);
    handler.onResponseError = (controller, error) => tell?.(controller, proxyProblem(error, proxy, url) ?? error);
    return this.#by(proxy).dispatch(options, handler);
  }

  #by(proxy: URL): ProxyAgent {
    const known = this.#proxied.get(proxy.href);
    if (known !== undefined) return known;
    const made = new ProxyAgent({ uri: proxy.href, ...HTTP1 });
    this.#proxied.set(proxy.href, made);
    return made;
  }
}

/** From now on every `fetch` of this process goes out by these proxies. Returns the dispatcher, for what asks to be given one. */
export function installDispatcher(proxyFor: ProxyFor): Dispatcher {
  const dispatcher = new OutboundDispatcher(proxyFor);
  setGlobalDispatcher(dispatcher);
  return dispatcher;
}
