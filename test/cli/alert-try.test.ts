import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tocsin-try-'));
const CONFIG = (mapping: string) => `
services:
  shop:
    name: Shop
    channels: { incidents: C0INCIDENTS }
    responders: [{ user: U0ADA }]
    declare: P1
webhooks:
  generic:
    status: ${mapping}
`;
const BEAT = {
  heartbeat: { monitorID: 3, status: 0, time: '2026-10-25 08:00:00.123', msg: 'timeout' },
  monitor: { id: 3, name: 'Front page' },
  msg: '[Front page] [Down] timeout',
};

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tried(mapping: string, body: unknown, ...more: string[]) {
  const config = join(folder, 'tocsin.yml');
  const file = join(folder, 'body.json');
  writeFileSync(config, CONFIG(mapping));
  writeFileSync(file, typeof body === 'string' ? body : JSON.stringify(body));
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'alert', 'try', 'status', file, ...more], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, TOCSIN_CONFIG: config },
  });
  return { status, out: stdout, err: stderr };
}

describe('tocsin alert try', () => {
  test('prints what a mapping makes of a body, where it goes, and what was left out', () => {
    const { status, out } = tried('{ preset: uptime-kuma, token_env: TOKEN }', BEAT);
    expect(status).toBe(0);
    for (const part of [
      '1 alert:',
      'key       webhook:status:3',
      'state     firing',
      'title     Front page is down',
      'at        2026-10-25T08:00:00.123Z',
      'label     monitor: Front page',
      'goes to   shop as P2, no runbook knows of it, opens a P1',
      '! left out: links: body.monitor.url: No such key: url',
    ])
      expect(out).toContain(part);
  });

  test('what is in the body does nothing in a terminal, and what is nested without end is said', () => {
    const { out } = tried('{ preset: uptime-kuma, token_env: TOKEN }', {
      ...BEAT,
      msg: 'down \u001b]0;owned\u0007\u202e',
      monitor: { id: 3, name: 'a\u001b[31m' },
    });
    expect(out).toContain('down \ufffd]0;owned\ufffd\ufffd');
    expect(out).not.toMatch(/[\u0007\u001b\u202e]/);
    const deep = tried('{ preset: uptime-kuma, token_env: TOKEN }', `{"monitor":${'['.repeat(5_000)}${']'.repeat(5_000)}}`);
    expect(deep).toMatchObject({ status: 1, out: '✗ the body is nested too deep\n' });
  });

  test('says when a body is no alert, and why it cannot be mapped', () => {
    expect(tried('{ preset: uptime-kuma, token_env: TOKEN }', { heartbeat: null, msg: 'Testing' })).toMatchObject({
      status: 0,
      out: expect.stringContaining('This body is no alert'),
    });
    expect(tried('{ preset: uptime-kuma, token_env: TOKEN }', { heartbeat: { status: 0 } })).toMatchObject({
      status: 1,
      out: expect.stringContaining('✗ key: '),
    });
  });

  test('reads headers, and names wrong expressions, names and files', () => {
    const mapping = `{ token_env: TOKEN, key: 'header["x-kind"]', title: body.msg, state: 'true' }`;
    expect(tried(mapping, BEAT, '--header', 'X-Kind: beat').out).toContain('key       webhook:status:beat');
    expect(tried(`{ token_env: TOKEN, key: bdy.x, title: body.msg, state: 'true' }`, BEAT)).toMatchObject({
      status: 1,
      err: expect.stringContaining('webhooks.generic.status.key is not a valid expression: Unknown variable: bdy'),
    });
    expect(tried('{ preset: grafana, token_env: TOKEN }', '{').err).toContain('is not JSON');
  });
});
