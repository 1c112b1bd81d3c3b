import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { eventually } from '../store/helpers/eventually.ts';
import { describeWorld } from './helpers/each.ts';
import { cardOf, DEMO, declare, JIRA_TOKEN, lastTold, readable, typesOf } from './helpers/world.ts';

const REPOSITORY = 'VaultSovereign/vmq-oracle';
const ACCOUNT = '5b10a2844c20165700ede21g';
const VARIABLES = {
  JIRA_TOKEN,
  SARK_API_TOKEN: 'none',
  GUARD_TRIP_SECRET: 'what-the-guards-sign-with',
  LEDGER_DATABASE_URL: 'postgresql://ledger@127.0.0.1:1/ledger',
};

/** Items of AUREUS go to GitHub, those of SARK to Jira, those of the oracle to GitHub also when they are private. */
function configured(text: string): string {
  const trackers = `\ntrackers:\n  github: { assignees: { U0GRACE: grace-hopper } }\n  jira: { url: 'JIRA_URL', email: tocsin@example.com, token_env: JIRA_TOKEN, assignees: { U0GRACE: ${ACCOUNT} } }\n`;
  const items = {
    aureus: `{ github: ${REPOSITORY} }`,
    sark: '{ jira: OPS }',
    'vaultmesh-oracle': `{ github: ${REPOSITORY}, private: true }`,
  };
  const services = Object.entries(items).reduce((changed, [service, setting]) => {
    const at = changed.indexOf(`\n  ${service}:\n`);
    return changed.slice(0, at) + changed.slice(at).replace(/responders: .*/, `items: ${setting}\n    $&`);
  }, text);
  return `${services}${trackers}`;
}

interface Stored {
  readonly type: string;
  readonly data: unknown;
}

describeWorld(
  'The issues of action items',
  { delivery: 'http', intake: true, github: true, jira: true, restarts: true, config: configured, variables: VARIABLES },
  (world) => {
    const issuesOf = (id: string) =>
      world()
        .github.repository.issues()
        .filter(({ body }) => body?.includes(id));
    const issueOf = (id: string) => {
      const [issue, ...more] = issuesOf(id);
      if (issue === undefined || more.length > 0) throw new Error(`${id} has ${more.length + (issue === undefined ? 0 : 1)} issues.`);
      return issue;
    };
    const jiraOf = (id: string) => world().jira.issues.filter(({ properties }) => JSON.stringify(properties).includes(id));
    const item = async (id: string, number = 1) => (await world().tocsin.incidents.find(id))?.followUps[number - 1];
    const data = async (id: string, type: string) =>
      ((await world().tocsin.store.records(id)) as readonly Stored[]).filter((one) => one.type === type).map((one) => one.data);
    const said = (room: string, word: string) =>
      world()
        .texts(room)
        .filter((text) => text.includes(word) && !text.includes('"header"'));
    const inGitHub = async (login: string, issue: number, state: 'open' | 'closed') => {
      world().github.as(login).setIssue(issue, state);
      await world().github.settle();
      await world().settled();
    };
    const say = (room: string, text: string) => world().say('U0ADA', room, text);

    test('[VQ-22] an item becomes an issue, which is closed and reopened as the item is, and the item as the issue is', async () => {
      const { id, room } = await declare(world(), 'P2 aureus Checkout @channel is slow');
      await say(room, 'item add <@U0GRACE|grace> by 2030-12-10 priority high Alert @octocat at 80 % <b> see #12');
      const issue = issueOf(id);
      expect(issue).toMatchObject({ title: 'Alert @octocat at 80 % <b> see #12', state: 'open', labels: ['tocsin'], assignees: [] });
      expect(issue.body).toContain('Alert @\u2060octocat at 80 % &lt;b> see #\u206012');
      expect(issue.body).toContain(`Action item 1 of ${id}, P2 of AUREUS Platform: Checkout`);
      expect(issue.body).toContain('Priority: high\nDue: 2030-12-10');
      expect(issue.body).toMatch(/The incident in Slack: https:\/\/slack\.com\/app_redirect\?channel=/);
      expect(await data(id, 'follow-up.exported')).toMatchObject([{ number: 1, tracker: 'github', key: `${REPOSITORY}#${issue.number}` }]);
      expect(said(room, `Action item 1 is ${REPOSITORY}#${issue.number} in GitHub`)).toHaveLength(1);
      await say(room, 'items');
      expect(lastTold(world(), 'U0ADA')).toContain(`high priority, <@U0GRACE>, by <!date^`);
      expect(lastTold(world(), 'U0ADA')).toContain(`<https://github.com/${REPOSITORY}/issues/${issue.number}|${REPOSITORY}#${issue.number}>`);

      await say(room, 'checklist');
      expect(lastTold(world(), 'U0ADA')).toContain(`Tocsin: 1 action item has an issue: ${REPOSITORY}#${issue.number}`);

      await say(room, 'item done 1');
      expect(issueOf(id)).toMatchObject({ state: 'closed', stateReason: 'completed' });
      await say(room, 'item undone 1');
      expect(lastTold(world(), 'U0ADA')).toContain('Action item 1 is open again.');
      expect(issueOf(id)).toMatchObject({ state: 'open' });
      await say(room, 'item undone 1');
      expect(lastTold(world(), 'U0ADA')).toContain('Action item 1 was open already.');

      await inGitHub('mona-lisa', issue.number, 'closed');
      expect((await item(id))?.done).toMatchObject({ by: 'tocsin', there: 'in GitHub by @mona-lisa' });
      expect(said(room, 'Action item 1 was completed in GitHub by @mona-lisa')).toHaveLength(1);
      expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('*Action items*: 1 of 1 done.');
      await say(room, 'items');
      expect(lastTold(world(), 'U0ADA')).toContain('in GitHub by @mona-lisa');
      await inGitHub('mona-lisa', issue.number, 'open');
      expect((await item(id))?.done).toBeUndefined();
      expect(said(room, 'Action item 1 was reopened in GitHub by @mona-lisa')).toHaveLength(1);
      // What was said there is not said back.
      expect(await data(id, 'follow-up.synced')).toHaveLength(2);
      expect(issuesOf(id)).toHaveLength(1);
    });

    test('what nobody tells is seen when it is looked next, with who did it', async () => {
      const { id, room } = await declare(world(), 'P3 aureus Silent');
      await say(room, 'item add A canary for _@octocat_ and `@hubot, by mail to ops@example.com');
      expect(issueOf(id).body).toContain('A canary for _@\u2060octocat_ and `@\u2060hubot, by mail to ops@example.com');
      const hooks = world().githubHooks.splice(0);
      const { number } = issueOf(id);
      await inGitHub('mona-lisa', number, 'closed');
      expect((await item(id))?.done).toBeUndefined();
      await world().later(11);
      expect((await item(id))?.done).toMatchObject({ there: 'in GitHub by @mona-lisa' });
      await inGitHub('hubot', number, 'open');
      await world().later(11);
      expect(said(room, 'Action item 1 was reopened in GitHub by @hubot')).toHaveLength(1);
      const denied = { kind: 'status', status: 403, message: 'Resource not accessible by personal access token' } as const;
      world().github.fail({ fault: denied, method: 'GET', path: '/timeline' });
      await inGitHub('mona-lisa', number, 'closed');
      await world().later(11);
      expect((await item(id))?.done?.there).toBe('in GitHub');
      world().githubHooks.push(...hooks);
    });

    test('an issue that somebody else opened with the mark of an item says nothing of it', async () => {
      const { id, room } = await declare(world(), 'P3 aureus Forged');
      await say(room, 'item add A canary');
      const { body } = issueOf(id);
      const forged = world()
        .github.as('mallory')
        .openIssue('Mine', body ?? '');
      await inGitHub('mallory', forged, 'closed');
      await world().later(11);
      expect((await item(id))?.done).toBeUndefined();
      expect(await typesOf(world(), id)).not.toContain('follow-up.done');
      const invented = 'INC-2031-0007';
      const other = world()
        .github.as('mallory')
        .openIssue('Mine', (body ?? '').replaceAll(id, invented));
      await inGitHub('mallory', other, 'closed');
      expect(await world().tocsin.store.head(invented)).toBeNull();
    });

    test('[VQ-22] an item becomes an issue of Jira, with its day, its priority and who owns it; both are followed there too', async () => {
      const { id, room } = await declare(world(), 'P2 sark Policies are slow');
      await say(room, 'item add <@U0GRACE|grace> by 2030-12-10 priority urgent Cache the decisions');
      const [issue] = jiraOf(id);
      expect(issue?.fields).toMatchObject({
        summary: 'Cache the decisions',
        type: 'Task',
        duedate: '2030-12-10',
        priority: 'Highest',
        labels: ['tocsin'],
        assignee: ACCOUNT,
      });
      expect(JSON.stringify(issue?.fields.description)).toContain(`Action item 1 of ${id}, P2 of`);
      expect(said(room, `Action item 1 is ${issue?.key} in Jira`)).toHaveLength(1);
      await say(room, 'item done 1');
      expect(jiraOf(id)[0]?.status.name).toBe('Done');
      await say(room, 'item undone 1');
      expect(jiraOf(id)[0]?.status.name).toBe('To Do');
      await world().later(1);
      world().jira.move(issue?.key ?? '', 'In Progress', 'Mia Krystof');
      await world().later(11);
      expect((await item(id))?.done).toBeUndefined();
      world().jira.move(issue?.key ?? '', 'Done', 'Mia Krystof');
      await world().later(11);
      expect((await item(id))?.done).toMatchObject({ there: 'in Jira by Mia Krystof' });
      world().jira.move(issue?.key ?? '', 'To Do', 'Mia Krystof');
      await world().later(11);
      expect(said(room, 'Action item 1 was reopened in Jira by Mia Krystof')).toHaveLength(1);
      expect(jiraOf(id)).toHaveLength(1);
      // An issue that nobody understands keeps no other from being seen.
      await say(room, 'item add A canary');
      const [, other] = jiraOf(id);
      world().jira.odd.add(other?.key ?? '');
      await world().later(1);
      world().jira.move(other?.key ?? '', 'Done', 'Mia Krystof');
      world().jira.move(issue?.key ?? '', 'Done', 'Mia Krystof');
      await world().later(11);
      expect((await item(id))?.done).toMatchObject({ there: 'in Jira by Mia Krystof' });
      expect((await item(id, 2))?.done).toBeUndefined();
      world().jira.odd.clear();
    });

    test('a project without some of the fields has the issue all the same; without a way to done it is said once what to do', async () => {
      const { jira } = world();
      jira.hidden.add('duedate').add('priority');
      const { id, room } = await declare(world(), 'P3 sark Small screens');
      await say(room, 'item add by 2030-12-10 priority low Ask for a screen');
      expect(jiraOf(id)).toHaveLength(1);
      jira.hidden.clear();
      jira.barred.add('31');
      await say(room, 'item done 1');
      for (const minutes of [2, 6, 16]) await world().later(minutes);
      expect(said(room, 'is still open in Jira yet')).toHaveLength(1);
      expect(said(room, 'Move it there by hand')).toHaveLength(1);
      jira.barred.clear();
      await world().later(61);
      expect(jiraOf(id)[0]?.status.name).toBe('Done');
    });

    test('private incidents and breaches stay here, unless the service says otherwise, and then without their title', async () => {
      const secret = await declare(world(), 'P1 aureus --private KEYS_TAKEN');
      await say(secret.room, 'item add Rotate them all');
      const breach = await declare(world(), 'P2 sark type:security-breach Somebody was here');
      await say(breach.room, 'item add Close the door');
      expect([issuesOf(secret.id), jiraOf(breach.id)]).toEqual([[], []]);
      await say(secret.room, 'item done 1');
      expect(await typesOf(world(), secret.id)).not.toContain('follow-up.unsynced');
      const told = await declare(world(), 'P1 vaultmesh-oracle --private KEYS_SOLD');
      await say(told.room, 'item add Rotate what was sold');
      const { title, body } = issueOf(told.id);
      expect(title).toBe('Rotate what was sold');
      expect(body).toContain(`Action item 1 of ${told.id}, a private incident.`);
      expect(body).not.toMatch(/KEYS_|slack/);
    });

    test('what GitHub refuses is said once with what to do, and tried again', async () => {
      const { github } = world();
      const denied = { kind: 'status', status: 403, message: 'Resource not accessible by personal access token' } as const;
      github.fail({ fault: denied, method: 'POST', path: '/issues', times: 2 });
      const { id, room } = await declare(world(), 'P3 aureus Denied');
      await say(room, 'item add A canary');
      await world().later(2);
      expect(said(room, 'has no issue in GitHub yet')).toHaveLength(1);
      expect(said(room, 'it lacks the repository permission issues: write')).toHaveLength(1);
      await world().later(6);
      expect(issuesOf(id)).toHaveLength(1);
      expect(await data(id, 'follow-up.unsynced')).toHaveLength(1);

      github.repository.setIssues(false);
      const off = await declare(world(), 'P3 aureus Turned off');
      await say(off.room, 'item add A canary');
      expect(said(off.room, `issues are turned off in ${REPOSITORY}. Turn them on in its settings`)).toHaveLength(1);
      await say(off.room, 'item done 1');
      github.repository.setIssues(true);
      await world().later(61);
      // Nothing is to be tracked of what is done.
      expect(issuesOf(off.id)).toEqual([]);

      github.fail({ fault: { kind: 'secondary' }, method: 'POST', path: '/issues' });
      const limited = await declare(world(), 'P3 aureus Limited');
      await say(limited.room, 'item add A canary');
      expect(issuesOf(limited.id)).toEqual([]);
      await world().later(6);
      expect(issuesOf(limited.id)).toHaveLength(1);
    });

    test('a lost answer, a broken connection and a bot that dies make no second issue', async () => {
      const { github, jira } = world();
      github.fail({ fault: { kind: 'lost-answer' }, method: 'POST', path: '/issues' });
      const { id, room } = await declare(world(), 'P3 aureus Lost');
      await say(room, 'item add A canary');
      expect(issuesOf(id)).toHaveLength(1);
      expect(await typesOf(world(), id)).not.toContain('follow-up.exported');
      await world().tocsin.stop();
      await world().another();
      await world().later(2);
      expect(issuesOf(id)).toHaveLength(1);
      expect(await data(id, 'follow-up.exported')).toMatchObject([{ found: true }]);
      jira.faults.push({ kind: 'status', status: 429, retryAfter: 90 }, { kind: 'status', status: 503 });
      const other = await declare(world(), 'P3 sark Lost');
      await say(other.room, 'item add A canary');
      for (const minutes of [2, 6]) await world().later(minutes);
      expect(jiraOf(other.id)).toHaveLength(1);
    });

    test('of an issue that is gone it is said once, and the item goes on without it', async () => {
      const { id, room } = await declare(world(), 'P3 aureus Gone');
      await say(room, 'item add A canary');
      const { number } = issueOf(id);
      world().github.as('mona-lisa').deleteIssue(number);
      await say(room, 'item done 1');
      expect(said(room, `${REPOSITORY}#${number}, the issue of action item 1, no longer exists in GitHub`)).toHaveLength(1);
      await say(room, 'item undone 1');
      await world().later(61);
      expect(said(room, 'no longer exists')).toHaveLength(1);
      await say(room, 'items');
      expect(lastTold(world(), 'U0ADA')).toContain('is gone');
    });

    test('[VQ-22] overdue items come first, and those of every incident are shown with their owners', async () => {
      const { id, room } = await declare(world(), 'P3 provability-fabric Late');
      const today = new Date(await world().tocsin.store.now()).toISOString().slice(0, 10);
      await say(room, 'item add Whenever');
      await say(room, `item add <@U0GRACE|grace> by ${today} On the day`);
      for (const text of ['resolve by itself', 'close']) await say(room, text);
      await say(DEMO.incidents, 'overdue');
      expect(lastTold(world(), 'U0ADA')).toContain('No action item is overdue.');
      await world().later(48 * 60);
      await say(room, 'items');
      const list = lastTold(world(), 'U0ADA');
      expect(list.indexOf('2. On the day')).toBeLessThan(list.indexOf('1. Whenever'));
      await say(DEMO.incidents, 'overdue');
      expect(lastTold(world(), 'U0ADA')).toContain(`*${id}* 2. On the day (<@U0GRACE>, by <!date^`);
      expect(lastTold(world(), 'U0ADA')).toContain('1 action item is overdue');
    });

    test('what is closed leaves the database when its items and their issues are done, and its items can still be opened again', async () => {
      const { db } = world().tocsin.database;
      const waiting = async (id: string) => {
        const runs = await db.selectFrom('run').select('id').where('incident', '=', id).execute();
        const timers = await db.selectFrom('timer').select('name').where('stream', '=', `run:${id}:item:1`).execute();
        return [...runs, ...timers];
      };
      const { id, room } = await declare(world(), 'P3 aureus Long ago');
      for (const text of ['item add A canary', 'item done 1', 'ack', 'resolve by itself', 'close']) await say(room, text);
      expect((await waiting(id)).length).toBeGreaterThan(0);
      // What is not signed and stored on one night leaves on a later one.
      for (const days of [32, 1, 1, 1]) {
        await eventually('all is signed and stored', async () => {
          const { rows } = await sql`select name from stream where to_cover or to_upload`.execute(db);
          return rows.length === 0;
        });
        await world().later(days * 24 * 60);
      }
      expect(await waiting(id)).toEqual([]);
      expect(issueOf(id)).toMatchObject({ state: 'closed' });
      await say(DEMO.incidents, `item ${id} undone 1`);
      expect(issueOf(id)).toMatchObject({ state: 'open' });
      await say(DEMO.incidents, `item ${id} done 1`);
      expect(issueOf(id)).toMatchObject({ state: 'closed' });
      expect(await data(id, 'follow-up.synced')).toHaveLength(3);
    });
  },
);
