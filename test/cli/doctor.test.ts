import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEMO_VARIABLES } from '../../demo/platforms.ts';
import { startVaultMesh } from '../../demo/vaultmesh.ts';
import { demoSeed } from '../../demo/workspace.ts';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import { checkDatabase } from '../../src/app/doctor/database.ts';
import { checkEvidence } from '../../src/app/doctor/evidence.ts';
import { checkOutside } from '../../src/app/doctor/outside.ts';
import { checkRunbooks } from '../../src/app/doctor/runbooks.ts';
import { checkSlack } from '../../src/app/doctor/slack.ts';
import { type Config, parseConfig } from '../../src/config/load.ts';
import { environmentSchema } from '../../src/config/schema.ts';
import { openDatabase } from '../../src/store/database.ts';

const FILE = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;

describe('the doctor', () => {
  let slack: SlackSimulator;
  let data: string;

  beforeAll(async () => {
    slack = await startSlackSimulator({ seed: demoSeed() });
    data = await mkdtemp(join(tmpdir(), 'tocsin-doctor-'));
  });
  afterAll(async () => {
    await slack.close();
    await rm(data, { recursive: true, force: true });
  });

  async function config(change: (text: string) => string = (text) => text, api = slack.apiUrl, token = demoSeed().bot.token): Promise<Config> {
    const file = parseConfig(change(await readFile(FILE, 'utf8')), FILE);
    const environment = environmentSchema.parse({
      SLACK_BOT_TOKEN: token,
      SLACK_APP_TOKEN: demoSeed().bot.appToken,
      SLACK_API_URL: api,
      TOCSIN_DATA: data,
    });
    return { path: FILE, file: { ...file, evidence: { directory: join(data, 'evidence') } }, environment, variables: DEMO_VARIABLES };
  }

  test('finds nothing wrong with the local workspace', async () => {
    const checks = [...(await checkSlack(await config())), ...(await checkDatabase(await config())), ...(await checkEvidence(await config()))];
    expect(checks.filter(({ state }) => state === 'bad')).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Slack token', 'Slack scopes', 'Socket Mode', 'Database', 'Evidence store', 'Signing key']),
    );
  });

  test('says which webhooks are refused, and what to change', async () => {
    const listening = async (webhooks: string, variables: Readonly<Record<string, string>> = {}): Promise<Config> => {
      const plain = await config(
        (text) => `${text.replaceAll(/^ {4}aws: .*\n/gm, '').replace(/^webhooks:\n(?: .*\n)*/m, '')}\nwebhooks: ${webhooks}\n`,
      );
      return { ...plain, environment: { ...plain.environment, TOCSIN_INTAKE_PORT: 3_100, GITHUB_WEBHOOK_SECRET: 'x'.repeat(16) }, variables };
    };
    const found = async (checked: Config) => (await checkOutside(checked)).filter(({ name }) => name === 'Webhooks');
    const alertmanager = '{ alertmanager: { token_env: AM_TOKEN, default_service: sark } }';
    expect(await found(await listening(alertmanager))).toEqual([
      expect.objectContaining({ state: 'bad', says: 'those to /alertmanager are refused: AM_TOKEN is not set' }),
    ]);
    expect(await found(await listening(alertmanager, { AM_TOKEN: 'a-token' }))).toEqual([
      expect.objectContaining({ state: 'good', says: expect.stringMatching(/^taken at port 3100: .*\/alertmanager$/) }),
    ]);
    const wrong = '{ generic: { x: { token_env: A, key: bdy.x, title: body.x, state: body.x, default_service: sark } } }';
    expect(await found(await listening(wrong, { A: 'a' }))).toEqual([
      expect.objectContaining({ state: 'bad', says: expect.stringContaining('webhooks.generic.x.key is not a valid expression') }),
    ]);
  });

  test('says which targets its runbooks lack, how to declare one absent, and which setting no runbook has', async () => {
    expect(await checkRunbooks(await config())).toEqual([expect.objectContaining({ name: 'Runbooks', state: 'good' })]);
    const lacking = (text: string) =>
      text
        .replace(/^ +policy-engine: .*\n/m, '')
        .replace(/^( +)targets:/m, (line, indent: string) => `${indent}settings: { postgres_hst: db }\n${line}`);
    const checks = (await checkRunbooks(await config(lacking))).filter(({ state }) => state !== 'good');
    expect(checks).toEqual([
      {
        name: 'Settings',
        state: 'warning',
        says: expect.stringContaining('Did you mean "postgres_host"?'),
        advice: expect.stringContaining('tocsin.yml'),
      },
      {
        name: 'Targets of aureus',
        state: 'warning',
        says: 'its runbooks need 1 target more: policy-engine',
        advice: expect.stringContaining('policy-engine: { absent: true }'),
      },
    ]);
  });

  test('names a wrong token, a missing channel and a missing group, with what to do', async () => {
    const token = await checkSlack(await config(undefined, undefined, 'xoxb-wrong'));
    expect(token).toEqual([
      expect.objectContaining({
        name: 'Slack token',
        state: 'bad',
        says: expect.stringContaining('invalid_auth'),
        advice: expect.stringMatching(/\S/),
      }),
    ]);
    const checks = await checkSlack(await config((text) => text.replaceAll('C0INCIDENTS', 'C0NOWHERE').replaceAll('S0SEC', 'S0NOBODY')));
    const wrong = checks.filter(({ state }) => state === 'bad');
    expect(wrong.map(({ name }) => name)).toEqual(['Channel C0NOWHERE', 'User group S0NOBODY']);
    expect(wrong.map(({ says }) => says)).toEqual([expect.stringContaining('channel_not_found'), expect.stringContaining('unknown to Slack')]);
    for (const { advice } of wrong) expect(advice).toMatch(/tocsin\.yml/);
  });

  test('an app of before, without the scopes of canvases, is a warning only, and none where nobody wants them', async () => {
    const seed = demoSeed();
    const before = await startSlackSimulator({
      seed: { ...seed, bot: { ...seed.bot, scopes: seed.bot.scopes.filter((scope) => !scope.startsWith('canvases:')) } },
    });
    try {
      const scopes = async (change?: (text: string) => string) =>
        (await checkSlack(await config(change, before.apiUrl))).find(({ name }) => name === 'Slack scopes');
      expect(await scopes()).toMatchObject({
        state: 'warning',
        says: 'missing: canvases:read, canvases:write. Incidents’ channels get no canvas',
        advice: expect.stringContaining('manifest.yml'),
      });
      expect(await scopes((text) => text.replaceAll(/channels: \{/g, 'channels: { canvas: false,'))).toMatchObject({ state: 'good' });
    } finally {
      await before.close();
    }
  });

  test('who is mailed where Slack does not reach them needs an address: the app may see it where mail is from somebody', async () => {
    const seed = demoSeed();
    const may = await startSlackSimulator({ seed: { ...seed, bot: { ...seed.bot, scopes: [...seed.bot.scopes, 'users:read.email'] } } });
    try {
      const scopes = async (from: string, api?: string) =>
        (await checkSlack(await config((text) => `${text}\n${from}\n`, api))).find(({ name }) => name === 'Slack scopes');
      const from = 'mail: { from: tocsin@example.com }';
      expect(await scopes(from)).toMatchObject({
        state: 'bad',
        says: 'missing: users:read.email',
        advice: expect.stringContaining('Delete “# ” (hash and space) before it in manifest.yml'),
      });
      expect(await scopes(from, may.apiUrl)).toMatchObject({ state: 'good' });
      expect(await scopes('', may.apiUrl)).toMatchObject({ state: 'warning', says: expect.stringContaining('users:read.email') });
    } finally {
      await may.close();
    }
  });

  test('a security channel that everybody can read is a fault', async () => {
    const security = async () => (await checkSlack(await config())).find(({ name }) => name === 'Channel #security-incidents');
    expect(await security()).toMatchObject({ state: 'good' });
    const open = await checkSlack(
      await config((text) => text.replace('security: C0SECINC', 'security: C0VMOPS').replace('resolutions: C0VMOPS', 'resolutions: C0OPSESC')),
    );
    expect(open.find(({ name }) => name === 'Channel #vaultmesh-ops')).toMatchObject({
      state: 'bad',
      advice: expect.stringContaining('Make it private'),
    });
  });

  test('says that the token of an organization needs a workspace, without which no room can be made', async () => {
    const seed = demoSeed();
    const organization = await startSlackSimulator({ seed: { ...seed, team: { ...seed.team, enterprise_id: 'E0NORTH', org_install: true } } });
    try {
      const named = (workspace: string) => config((text) => `${text}\n${workspace}\nenterprise_id: E0NORTH\n`, organization.apiUrl);
      const wrong = (await checkSlack(await config(undefined, organization.apiUrl))).filter(({ state }) => state === 'bad');
      expect(wrong[0]).toMatchObject({ name: 'Slack workspace', advice: expect.stringContaining('team_id') });
      expect((await checkSlack(await named(`team_id: ${seed.team.id}`))).filter(({ state }) => state === 'bad')).toEqual([]);
      expect((await checkSlack(await named('team_id: E0NORTH'))).map(({ name }) => name)).toContain('Slack workspace');
    } finally {
      await organization.close();
    }
  });

  test('says so when Slack, or the database directory, is out of reach', async () => {
    const [unreachable] = await checkSlack(await config(undefined, 'http://127.0.0.1:9/api/'));
    expect(unreachable).toMatchObject({ name: 'Slack token', state: 'bad' });
    const base = await config();
    const [database] = await checkDatabase({ ...base, environment: { ...base.environment, DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' } });
    expect(database).toMatchObject({ name: 'Database', state: 'bad', advice: expect.stringContaining('DATABASE_URL') });
  });

  test('leaves the embedded database closed while the bot has it, and says so when another process does', async () => {
    const base = await config();
    const home = await mkdtemp(join(tmpdir(), 'tocsin-doctor-running-'));
    const running = { ...base, environment: { ...base.environment, TOCSIN_DATA: home } };
    const database = await openDatabase({ directory: join(home, 'database') });
    const bot = createServer((_, response) => response.end('{"standings":[]}'));
    try {
      expect(await checkDatabase(running)).toEqual([
        expect.objectContaining({ state: 'bad', says: expect.stringContaining('in use by another process') }),
      ]);
      await once(bot.listen(join(home, 'tocsin.sock')), 'listening');
      expect(await checkDatabase(running)).toEqual([
        { name: 'Database', state: 'good', says: 'embedded (one replica only), in use by the bot that runs here' },
      ]);
    } finally {
      bot.close();
      await database.close();
      await rm(home, { recursive: true, force: true });
    }
  });

  test('asks AWS and GitHub who it is there, and says when nobody could tell an alarm', async () => {
    const vaultmesh = await startVaultMesh({ now: Date.now, buckets: [] });
    const base = await config();
    const asked = async (more: Readonly<Record<string, string>>) =>
      checkOutside({ ...base, environment: { ...base.environment, ...environmentSchema.parse(more) } });
    try {
      const well = await asked({ ...vaultmesh.environment, TOCSIN_INTAKE_PORT: '3100' });
      expect(well.map(({ state }) => state)).toEqual(well.map(() => 'good'));
      expect(well.map(({ says }) => says).join('\n')).toContain(
        'eu-west-1, account 123456789012, as arn:aws:sts::123456789012:assumed-role/tocsin/tocsin',
      );
      expect(well.at(-1)?.says).toMatch(/^taken at port 3100: \d+ topics, \d+ workflows, \/guard-trip$/);

      const wrong = await asked({ ...vaultmesh.environment, GITHUB_TOKEN: 'github_pat_wrong', AWS_SECRET_ACCESS_KEY: 'wrong' });
      expect(wrong.filter(({ state }) => state === 'bad').map(({ name }) => name)).toEqual([
        'AWS of vaultmesh-qbusiness',
        'AWS of vaultmesh-oracle',
        'GitHub VaultSovereign/vmq-oracle',
      ]);
      for (const { says, advice } of wrong) {
        expect(advice).toMatch(/docs\/how-to\//);
        expect(says).not.toContain('github_pat_wrong');
      }
      expect(wrong.at(-1)).toMatchObject({ name: 'Webhooks', state: 'warning' });
    } finally {
      await vaultmesh.stop();
    }
  });
});
