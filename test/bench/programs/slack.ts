import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Stands for Slack where Slack's own speed must not count: says yes to everything, at once. `/count` tells how many answers it got;
 * between `/stall` and `/flow` it takes answers and does not confirm them.
 */
const TEAM = 'T0TOCSIN';
const ANSWERS: Record<string, object> = {
  'auth.test': { team_id: TEAM, user_id: 'U0TOCSIN', bot_id: 'B0TOCSIN' },
  'users.info': { user: { id: 'U0ADA', team_id: TEAM, name: 'ada' } },
  'usergroups.list': { usergroups: [{ id: 'S0SRE', users: ['U0ADA'] }] },
  'conversations.create': { channel: { id: 'C0ROOM' } },
  'conversations.open': { channel: { id: 'D0ADA' } },
};

let answered = 0;
let stalled = false;

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    const path = request.url ?? '';
    if (path === '/count') return void response.end(String(answered));
    if (path === '/stall' || path === '/flow') {
      stalled = path === '/stall';
      return void response.end();
    }
    if (path.startsWith('/response/')) {
      if (stalled) return;
      answered += 1;
      return void response.end('ok');
    }
    const method = path.replace(/^\/api\//, '').replace(/\?.*$/, '');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ok: true, ts: `${Date.now()}.000000`, ...ANSWERS[method] }));
  });
});

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
