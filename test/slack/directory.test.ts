import { expect, test } from '@jest/globals';
import { ErrorCode, type WebAPICallResult, WebClient } from '@slack/web-api';
import type { ConfigFile } from '../../src/config/schema.ts';
import { createDirectory } from '../../src/slack/directory.ts';
import { createPeople, type OnCall } from '../../src/slack/people.ts';

const ADA = 'U0ADA';
const NOBODY: OnCall = { called: async () => [], everybody: async () => [] };
const ROLES: ConfigFile['roles'] = { security: { users: [ADA] } };

/** A workspace in which Slack answers as the test says, by a clock of its own. */
function workspace() {
  const clock = { now: 1_000_000 };
  const answers = { list: true, info: true, deleted: false };
  const asked: string[] = [];
  class Scripted extends WebClient {
    override async apiCall(method: string): Promise<WebAPICallResult> {
      asked.push(method);
      if (method === 'usergroups.list') return { ok: true, usergroups: [] } as WebAPICallResult;
      if (method === 'users.list' ? !answers.list : !answers.info)
        throw Object.assign(new Error('full'), { code: ErrorCode.RateLimitedError, retryAfter: 30 });
      const user = { id: ADA, name: 'ada', team_id: 'T0HOME', deleted: answers.deleted };
      return { ok: true, members: [user], user } as WebAPICallResult;
    }
  }
  const client = new Scripted();
  return { clock, answers, asked, client, directory: createDirectory(client, null, () => clock.now) };
}

test('a look at everybody that fails takes nothing from the one before, and is not tried by each who asks', async () => {
  const { clock, answers, asked, directory } = workspace();
  expect(await directory.find(ADA, 60_000)).toMatchObject({ found: { id: ADA } });
  answers.list = false;
  clock.now += 6_000;
  for (let n = 0; n < 5; n += 1) expect(await directory.find(ADA, 5_000)).toBeNull();
  expect(asked).toHaveLength(2);
  expect(await directory.find(ADA, 60_000)).toMatchObject({ at: 1_000_000, found: { id: ADA } });
  answers.list = true;
  clock.now += 6_000;
  expect(await directory.find(ADA, 5_000)).toMatchObject({ at: 1_012_000 });
});

test('an approval is never answered by a look at everybody that somebody else has asked for', async () => {
  const { clock, answers, client } = workspace();
  const people = createPeople(client, { teams: new Set(['T0HOME']), enterprise: null }, ROLES, NOBODY, () => clock.now);
  answers.info = false;
  // The look at everybody is from before Ada was deactivated.
  expect(await people.person(ADA, null)).toMatchObject({ trusted: true });
  clock.now += 50_000;
  answers.deleted = true;
  answers.list = false;
  const drawn = people.person(ADA, null);
  const approves = people.person(ADA, null, 'now');
  await expect(approves).rejects.toMatchObject({ code: 'roles-unknown' });
  expect(await drawn).toMatchObject({ trusted: true });
  // What is believed for a minute counts from the look, not from when it was asked for.
  clock.now += 15_000;
  await expect(people.person(ADA, null)).rejects.toMatchObject({ code: 'roles-unknown' });
});
