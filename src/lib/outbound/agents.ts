import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import type { ProxyFor } from './proxies.ts';
import { proxyAway, proxyRefuses } from './proxy-error.ts';

const OK = 200;

/** Sockets for what speaks by Node's own `http` and `https`: each to the proxy that the address needs, or directly. */
export class OutboundAgent extends Agent {
  readonly #proxyFor: ProxyFor;
  readonly #direct: { readonly plain: http.Agent; readonly secure: https.Agent };
  readonly #proxied = new Map<string, Agent>();
  readonly #keepAlive: boolean;

  constructor(proxyFor: ProxyFor, keepAlive: boolean) {
    super({ keepAlive });
    this.#proxyFor = proxyFor;
    this.#keepAlive = keepAlive;
    this.#direct = { plain: new http.Agent({ keepAlive }), secure: new https.Agent({ keepAlive }) };
  }

  override async connect(_request: http.ClientRequest, options: AgentConnectOpts): Promise<http.Agent> {
    const { secureEndpoint, port } = options;
    const host = options.host ?? 'localhost';
    const url = new URL(`${secureEndpoint ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`);
    const proxy = this.#proxyFor(url);
    if (proxy === null) return secureEndpoint ? this.#direct.secure : this.#direct.plain;
    const key = `${url.protocol} ${proxy.href}`;
    const known = this.#proxied.get(key);
    if (known !== undefined) return known;
    const made = secureEndpoint ? new Tunnel(proxy, this.#keepAlive) : new Forward(proxy, this.#keepAlive);
    this.#proxied.set(key, made);
    return made;
  }

  override destroy(): void {
    for (const agent of [this.#direct.plain, this.#direct.secure, ...this.#proxied.values()]) agent.destroy();
    super.destroy();
  }
}

/** A way through the proxy by CONNECT. What goes wrong on it is the proxy's error; the library would pass a refusal on as the other side's answer. */
class Tunnel extends HttpsProxyAgent<string> {
  readonly #proxy: URL;

  constructor(proxy: URL, keepAlive: boolean) {
    super(proxy.href, { keepAlive });
    this.#proxy = proxy;
  }

  override async connect(request: http.ClientRequest, options: Parameters<HttpsProxyAgent<string>['connect']>[1]): Promise<Socket> {
    let status = OK;
    request.once('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
      status = statusCode;
    });
    const socket = await super.connect(request, options).catch((cause: unknown) => {
      throw proxyAway(this.#proxy, cause);
    });
    if (status === OK) return socket;
    socket.destroy();
    throw proxyRefuses(this.#proxy, `${options.host ?? ''}:${options.port}`, status);
  }
}

/** Plain HTTP, which a proxy forwards. */
class Forward extends HttpProxyAgent<string> {
  readonly #proxy: URL;

  constructor(proxy: URL, keepAlive: boolean) {
    super(proxy.href, { keepAlive });
    this.#proxy = proxy;
  }

  override connect(request: Parameters<HttpProxyAgent<string>['connect']>[0], options: AgentConnectOpts): Promise<Socket> {
    return super.connect(request, options).catch((cause: unknown) => {
      throw proxyAway(this.#proxy, cause);
    });
  }
}
