import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface OneTimePasswords {
  /** What follows `hostssl all USER all` in pg_hba.conf. */
  readonly method: string;
  /** A password that opens one connection, once. */
  issue(): string;
  /** How many were used. */
  used(): number;
  stop(): void;
}

const SECRET = 'shared-with-postgres';
const ACCEPT = 2;
const REJECT = 3;
const USER_PASSWORD = 2;
const HEADER = 20;
const BLOCK = 16;

/** Whom PostgreSQL asks about passwords (RADIUS, RFC 2865): each is good once, as a server behaves whose passwords live for minutes. */
export async function startOneTimePasswords(): Promise<OneTimePasswords> {
  const issued = new Set<string>();
  let used = 0;
  const socket = createSocket('udp4');
  socket.on('message', (request, { port, address }) => {
    const password = passwordIn(request);
    const good = password !== null && issued.delete(password);
    if (good) used += 1;
    socket.send(answerTo(request, good ? ACCEPT : REJECT), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  let made = 0;
  return {
    method: `radius radiusservers="127.0.0.1" radiusports="${socket.address().port}" radiussecrets="${SECRET}"`,
    issue() {
      made += 1;
      const password = `token-${made}-of-one-connection`;
      issued.add(password);
      return password;
    },
    used: () => used,
    stop: () => socket.close(),
  };
}

function passwordIn(request: Buffer): string | null {
  const authenticator = request.subarray(4, HEADER);
  for (let at = HEADER; at + 2 <= request.length; at += request[at + 1] ?? 2) {
    if (request[at] !== USER_PASSWORD) continue;
    const hidden = request.subarray(at + 2, at + (request[at + 1] ?? 2));
    const blocks: Buffer[] = [];
    for (let start = 0, before = authenticator; start < hidden.length; start += BLOCK) {
      const block = hidden.subarray(start, start + BLOCK);
      const mask = md5(Buffer.from(SECRET), before);
      blocks.push(Buffer.from(block.map((byte, i) => byte ^ (mask[i] ?? 0))));
      before = block;
    }
    return Buffer.concat(blocks).toString('utf8').replace(/\0+$/, '');
  }
  return null;
}

function answerTo(request: Buffer, code: number): Buffer {
  const head = Buffer.from([code, request[1] ?? 0, 0, HEADER]);
  return Buffer.concat([head, md5(head, request.subarray(4, HEADER), Buffer.from(SECRET))]);
}

function md5(...parts: readonly Buffer[]): Buffer {
  return createHash('md5').update(Buffer.concat(parts)).digest();
}
