import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { signature } from '../../simulators/slack/index.ts';

export interface LoadOptions {
  readonly url: string;
  readonly secret: string;
  readonly perSecond: number;
  readonly bodies: readonly string[];
}

/**
 * Sends signed requests on a fixed schedule, whether or not earlier ones were answered, and returns how long each took in ms, from the
 * moment it was to be sent: a server that stalls pays for all who would have come meanwhile.
 */
export async function load({ url, secret, perSecond, bodies }: LoadOptions): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  // Signed beforehand: what the generator computes would be counted as the server's.
  const signed = bodies.map((body) => ({ body, headers: { ...signature(secret, body), ...FORM, 'content-length': Buffer.byteLength(body) } }));
  const first = performance.now() + 50;
  const answers: Promise<number>[] = [];
  for (const [index, one] of signed.entries()) {
    const due = first + (index * 1_000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await pause(Math.ceil(early));
    answers.push(send(agent, url, one.headers, one.body).then((answeredAt) => answeredAt - due));
  }
  const taken = await Promise.all(answers);
  agent.destroy();
  return taken;
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function send(agent: Agent, url: string, headers: Record<string, string | number>, body: string): Promise<number> {
  return new Promise((done, failed) => {
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) done(performance.now());
        else failed(new Error(`${url} answered ${response.statusCode}`));
      });
    });
    call.once('error', failed).end(body);
  });
}
