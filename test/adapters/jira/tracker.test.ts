import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JiraSimulator } from '../../../simulators/jira/index.ts';
import { type JiraTrackerOptions, jiraTracker } from '../../../src/adapters/jira/tracker.ts';
import { writeMark } from '../../../src/lib/item-mark.ts';
import { type NewIssue, TrackerError } from '../../../src/ports/tracker.ts';

const mark = (number: number) => ({ incident: 'INC-2026-0042', number, record: `3f2a7c1e-0000-4000-8000-${String(number).padStart(12, '0')}` });
const issue = (number: number, more: Partial<NewIssue> = {}): NewIssue => ({
  title: 'A canary',
  paragraphs: ['A canary\nfor the checkout', 'The incident in Slack: https://slack.example/C1.', ''],
  mark: mark(number),
  priority: null,
  due: null,
  owner: null,
  ...more,
});

describe('Jira', () => {
  let jira: JiraSimulator;
  let now = Date.UTC(2026, 10, 30);
  /** How far (ms) Jira's clock is ahead, and how long each request takes. */
  let [ahead, lasting] = [0, 0];
  const tracker = (more: Partial<JiraTrackerOptions> = {}) => {
    const { email, token, url } = jira;
    return jiraTracker({ url, email, token, variable: 'JIRA_TOKEN', project: 'OPS', type: 'Task', assignees: { U0ADA: 'gone' }, ...more });
  };
  const failure = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => null,
      (error: unknown) => error,
    );
  const span = () => ({ since: now - 3_600_000, now });
  const clock = async () => now;
  const look = () => ({ since: now - 3_600_000, clock });

  beforeAll(async () => {
    jira = await JiraSimulator.start({
      now: () => {
        now += lasting;
        return now + ahead;
      },
    });
  });
  beforeEach(() => {
    jira.issues.length = 0;
    jira.hidden.clear();
    jira.odd.clear();
    [ahead, lasting] = [0, 0];
    for (const name of ['BROWSE_PROJECTS', 'CREATE_ISSUES', 'TRANSITION_ISSUES']) jira.permissions.add(name);
  });
  afterAll(() => jira.stop());

  test('has an issue with its words as a document, and finds it by its mark among others', async () => {
    const one = await tracker().create(issue(1));
    await tracker().create(issue(2));
    expect(jira.issues[0]?.fields.description).toEqual({
      version: 1,
      type: 'doc',
      content: [
        { type: 'paragraph', content: [{ type: 'text', text: 'A canary' }, { type: 'hardBreak' }, { type: 'text', text: 'for the checkout' }] },
        {
          type: 'paragraph',
          content: [
            { type: 'text', text: 'The incident in Slack: ' },
            { type: 'text', text: 'https://slack.example/C1', marks: [{ type: 'link', attrs: { href: 'https://slack.example/C1' } }] },
            { type: 'text', text: '.' },
          ],
        },
      ],
    });
    expect(await tracker().find(mark(1), span())).toEqual(one);
    expect(await tracker().find(mark(3), span())).toBeNull();
    now += 7_200_000;
    expect(await tracker().find(mark(1), span())).toBeNull();
  });

  test('reads a search page by page', async () => {
    for (let number = 1; number <= 120; number += 1) await tracker().create(issue(number));
    const { issues, ...rest } = await tracker().changed(look());
    expect([new Set(issues.map(({ id }) => id)).size, rest]).toEqual([120, { odd: [], through: null }]);
    expect((await tracker().find(mark(1), span()))?.key).toBe(jira.issues[0]?.key);
  });

  test('does without what an issue needs not, and says what it needs', async () => {
    jira.hidden.add('priority').add('labels');
    await tracker().create(issue(1, { priority: 'urgent', due: '2026-12-10', owner: 'U0ADA' }));
    expect(jira.issues[0]?.fields).toMatchObject({ duedate: '2026-12-10', priority: 'Medium', labels: [], assignee: null });
    jira.hidden.clear();
    expect(await failure(tracker({ project: 'HR' }).create(issue(2)))).toMatchObject({
      reason: 'refused',
      message: 'Jira refuses to create an issue (400: project: Specify a valid project ID or key)',
    });
  });

  test('moves an issue to what is done and back, once, and knows who did it', async () => {
    const made = await tracker().create(issue(1));
    now += 60_000;
    expect(await tracker().set(made, true)).toMatchObject({ done: true, at: now });
    const before = jira.requests.length;
    await tracker().set(made, true);
    expect(jira.requests.length - before).toBe(1);
    jira.move(made.key, 'In Progress', 'Mia Krystof');
    expect(await tracker().setBy(made)).toBe('Mia Krystof');
    expect((await tracker().changed(look())).issues[0]).toMatchObject({ done: false, mark: mark(1) });
  });

  test('shows all other issues where one has a form that nobody knows, and makes no second one of it', async () => {
    for (let number = 1; number <= 3; number += 1) await tracker().create(issue(number));
    const key = jira.issues[1]?.key ?? '';
    jira.odd.add(key);
    const { issues, odd } = await tracker().changed(look());
    expect(issues.map((one) => one.mark.number)).toEqual([1, 3]);
    expect(odd).toEqual([key]);
    expect(await failure(tracker().find(mark(2), span()))).toMatchObject({ reason: 'odd', message: expect.stringContaining(key) });
    expect(await tracker().find(mark(3), span())).toMatchObject({ key: jira.issues[2]?.key });
    expect(await failure(tracker().set(issues[0] ?? { id: '', key }, true))).toBeNull();
    expect(await failure(tracker().set({ id: jira.issues[1]?.id ?? '', key }, true))).toMatchObject({ reason: 'odd' });
  });

  test.each([
    ['over several looks', 0, 0],
    ['of a Jira whose clock is ahead', 4 * 60_000, 0],
    ['that take long to be read', 0, 120_000],
  ])('shows thousands of changes %s, none of them left out', async (_, fast, long) => {
    const begun = now;
    await tracker().create(issue(1));
    const [first] = jira.issues;
    if (first === undefined) throw new RangeError('no issue');
    // Each minute as many as two pages have.
    for (let number = 2; number <= 2_600; number += 1) {
      const at = begun + Math.floor(number / 200) * 60_000;
      const properties = { tocsin: { item: writeMark(mark(number % 900)) } };
      jira.issues.push({ ...first, id: String(20_000 + number), key: `OPS-X${number}`, properties, createdAt: at, updatedAt: at });
    }
    now = begun + 20 * 60_000;
    [ahead, lasting] = [fast, long];
    const seen = new Set<string>();
    let since = begun - 60_000;
    let looks = 0;
    for (let through: number | null = since; through !== null; looks += 1) {
      const before = jira.requests.length;
      const found = await tracker().changed({ since, clock });
      for (const one of found.issues) seen.add(one.key);
      expect(jira.requests.length - before).toBeLessThan(30);
      through = found.through;
      since = through ?? since;
    }
    expect(seen.size).toBe(2_600);
    expect(looks).toBeGreaterThan(1);
    expect(looks).toBeLessThan(16);
  });

  test('says what is wrong, and whether it helps to try again', async () => {
    const made = await tracker().create(issue(1));
    expect(await failure(tracker({ token: 'old' }).create(issue(2)))).toMatchObject({
      reason: 'refused',
      message: 'Jira does not accept the login of tocsin@example.com. Set JIRA_TOKEN to an API token of this account',
    });
    jira.permissions.delete('CREATE_ISSUES');
    expect(await failure(tracker().create(issue(2)))).toMatchObject({
      reason: 'refused',
      message: expect.stringContaining('may not create an issue in Jira'),
    });
    expect(await failure(tracker().check())).toMatchObject({ message: 'tocsin@example.com lacks CREATE_ISSUES in OPS' });
    jira.permissions.add('CREATE_ISSUES');
    jira.faults.push({ kind: 'status', status: 429, retryAfter: 7 });
    expect(await failure(tracker().create(issue(2)))).toMatchObject({ reason: 'busy', retryAfterMs: 7_000 });
    jira.faults.push({ kind: 'lost-answer' });
    expect(await failure(tracker().create(issue(2)))).toMatchObject({ reason: 'unsure' });
    jira.remove(made.key);
    expect(await failure(tracker().set(made, true))).toMatchObject({ reason: 'gone' });
    jira.permissions.delete('BROWSE_PROJECTS');
    expect(await failure(tracker().set(made, true))).toMatchObject({
      reason: 'refused',
      message: expect.stringContaining('Jira has no project OPS'),
    });
    expect(await failure(tracker({ url: 'http://127.0.0.1:1' }).check())).toBeInstanceOf(TrackerError);
  });

  test('is looked at without changing anything', async () => {
    expect(await tracker().check()).toEqual({ says: 'issues go to OPS (Operations) as Task' });
    expect(await failure(tracker({ type: 'Saga' }).check())).toMatchObject({
      message: 'the project OPS has no type “Saga”. It has Task, Bug, Story',
    });
    expect(jira.issues).toEqual([]);
  });
});
