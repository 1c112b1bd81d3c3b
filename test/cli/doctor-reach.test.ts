import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { demoSeed } from '../../demo/workspace.ts';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import { checkReach } from '../../src/app/doctor/reach.ts';
import { type Config, parseConfig } from '../../src/config/load.ts';
import { environmentSchema } from '../../src/config/schema.ts';

const FILE = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;

describe('the doctor says whom a P0 would reach', () => {
  let slack: SlackSimulator;

  beforeAll(async () => {
    slack = await startSlackSimulator({ seed: demoSeed() });
  });
  afterAll(() => slack.close());

  async function config(change: (text: string) => string = (text) => text): Promise<Config> {
    const environment = environmentSchema.parse({ SLACK_BOT_TOKEN: demoSeed().bot.token, SLACK_API_URL: slack.apiUrl });
    return { path: FILE, file: parseConfig(change(await readFile(FILE, 'utf8')), FILE), environment, variables: {} };
  }

  async function reachOf(service: string, change?: (text: string) => string) {
    return (await checkReach(await config(change))).find(({ name }) => name === `Reach of ${service}`);
  }

  test('everybody, when all is well', async () => {
    expect(await reachOf('aureus')).toEqual({ name: 'Reach of aureus', state: 'good', says: 'A P0 of aureus tonight reaches 6 people.' });
  });

  test('[VQ-25] everybody in a rota is looked at, whosever turn it is', async () => {
    const people = (ids: string) => (text: string) => text.replace('people: [U0ADA, U0GRACE]', `people: [${ids}]`);
    expect((await reachOf('vaultmesh-qbusiness'))?.state).toBe('good');
    slack.changeUser('U0JOAN', { deleted: true });
    const found = await reachOf('vaultmesh-qbusiness', people('U0GUEST, U0ADA, U0JOAN'));
    expect(found?.state).toBe('bad');
    expect(found?.says).toContain('rotas.knowledge.layers[0].people[0] (<@U0GUEST>) could not act: a guest may not act');
    expect(found?.says).toContain('rotas.knowledge.layers[0].people[2] (<@U0JOAN>) could not act: the account is deactivated');
    slack.changeUser('U0JOAN', { deleted: false });
  });

  test('a deactivated person, a guest, an unknown, a disabled and an empty group are named with the reason and their line', async () => {
    slack.changeUser('U0LINUS', { deleted: true });
    const deactivated = await reachOf('aureus');
    expect(deactivated?.state).toBe('bad');
    expect(deactivated?.says).toMatch(
      /^A P0 of aureus tonight reaches 5 people; 1 cannot be reached: .*U0LINUS.*, because the account is deactivated/,
    );
    expect(deactivated?.says).toContain('aureus.escalation[1] (<@U0LINUS>) could not act');
    expect(deactivated?.says).toContain('aureus.escalation_by_type.data-loss.secondary[0] (<@U0LINUS>) could not act');
    expect(deactivated?.advice).toContain('tocsin.yml');
    slack.changeUser('U0LINUS', { deleted: false });

    const idle = async (line: string) => (await reachOf('aureus', (text) => text.replace(/escalation: .*/, `escalation: [${line}]`)))?.says ?? '';
    expect(await idle('{ user: U0GUEST }')).toContain('aureus.escalation[0] (<@U0GUEST>) could not act: a guest may not act');
    expect(await idle('{ user: U0NOBODY }')).toContain('user_not_found');
    expect(await idle('{ usergroup: S0NOBODY }')).toMatch(/aureus\.escalation\[0\] .*S0NOBODY.* could not act/);
    slack.changeUser('U0ALAN', { team_id: 'T0OTHER' });
    expect(await idle('{ user: U0ALAN }')).toContain('somebody of another workspace may not act');
    slack.changeUser('U0ALAN', { is_bot: true });
    expect(await idle('{ user: U0ALAN }')).toContain('cannot_dm_bot');
    slack.disableUsergroup('S0SEC');
    expect(await idle('{ usergroup: S0SEC }')).toMatch(/S0SEC.* could not act/);
    slack.setUsergroup('S0IC', []);
    expect(await idle('{ usergroup: S0IC }')).toMatch(/S0IC.* could not act: nobody is in that group/);
  });
});
