import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tocsin-config-'));
const CONFIG = `
services:
  shop:
    name: Shop
    channels: { incidents: C0INCIDENTS }
    responders: [{ user: U0ADA }]
    pagerduty: { routing_key_env: SHOP_PAGERDUTY }
webhooks:
  alertmanager: { token_env: [OLD_TOKEN, NEW_TOKEN], default_service: shop }
`;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function checked(text: string, variables: Readonly<Record<string, string>> = {}) {
  const config = join(folder, 'tocsin.yml');
  writeFileSync(config, text);
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'config', 'check'], {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: process.env.PATH, TOCSIN_CONFIG: config, ...variables },
  });
  return { status, out: stdout, err: stderr };
}

test('config check says which variables are not set, never what they hold, and writes nothing', () => {
  const { status, out } = checked(CONFIG, { OLD_TOKEN: 'a-secret-token' });
  expect(status).toBe(0);
  expect(out).toContain('tocsin.yml: 1 service\n');
  expect(out).toContain('! services.shop.pagerduty.routing_key_env names SHOP_PAGERDUTY, which is not set here');
  expect(out).toContain('! webhooks.alertmanager.token_env names NEW_TOKEN, which is not set here');
  expect(out).not.toMatch(/OLD_TOKEN|a-secret-token/);
  expect(readdirSync(folder)).toEqual(['tocsin.yml']);
});

test('config check names the place and what was expected, and exits with 1', () => {
  const { status, err } = checked(CONFIG.replace('routing_key_env', 'routing_key'));
  expect(status).toBe(1);
  expect(err).toMatch(/tocsin\.yml:\d+:\d+: services\.shop\.pagerduty\./);
});

test('a setting that names a variable takes no key itself', () => {
  const { status, err } = checked(CONFIG.replace('SHOP_PAGERDUTY', 'e93facc04764012d7bfb002500d5d1a6'));
  expect(status).toBe(1);
  expect(err).toContain('services.shop.pagerduty.routing_key_env expected the name of an environment variable');
  expect(err).not.toContain('e93facc04764012d7bfb002500d5d1a6');
});
