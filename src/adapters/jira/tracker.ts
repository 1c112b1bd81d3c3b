import { z } from 'zod';
import type { Priority } from '../../domain/records/data/tracking.ts';
import { clamp } from '../../lib/clamp.ts';
import { readMark, writeMark } from '../../lib/item-mark.ts';
import { type ItemMark, type NewIssue, type Span, type TrackedIssue, type Tracker, TrackerError } from '../../ports/tracker.ts';
import { documentOf } from './adf.ts';
import { type JiraAccess, JiraRefusal, jiraRequests } from './requests.ts';

/** More characters of a summary are refused. */
const MAX_SUMMARY = 255;
/** The property of an issue in which its mark is. */
const PROPERTY = 'tocsin';
const LABEL = 'tocsin';
/** How long (ms) a search may not know of a new issue. */
const SETTLES = 60_000;
const PAGE = 100;
const MOST = 1_000;
/** Without them an issue is an issue all the same: not every project has them on its screen. */
const OPTIONAL = ['labels', 'priority', 'duedate', 'assignee'] as const;

const PRIORITY: Readonly<Record<Priority, string>> = { urgent: 'Highest', high: 'High', medium: 'Medium', low: 'Low' };

const moment = z.string().transform((text) => Date.parse(text));
const fields = z.object({
  status: z.object({ name: z.string(), statusCategory: z.object({ key: z.string() }) }),
  statuscategorychangedate: moment.nullish(),
  created: moment,
});
const issueSchema = z.object({ id: z.string(), key: z.string(), fields });
const searched = z.object({
  issues: z.array(issueSchema.extend({ properties: z.record(z.string(), z.unknown()).catch({}) })),
  nextPageToken: z.string().nullish(),
});
const created = z.object({ id: z.string(), key: z.string() });
const markSchema = z.object({ item: z.string() });
const transitions = z.object({
  transitions: z.array(z.object({ id: z.string(), name: z.string(), to: z.object({ statusCategory: z.object({ key: z.string() }) }) })),
});
const history = z.object({
  changelog: z.object({
    histories: z.array(
      z.object({
        created: moment,
        author: z.object({ displayName: z.string() }).nullish(),
        items: z.array(z.object({ field: z.string() })),
      }),
    ),
  }),
});
const permissions = z.object({ permissions: z.record(z.string(), z.object({ havePermission: z.boolean() })) });
const projectSchema = z.object({ key: z.string(), name: z.string(), issueTypes: z.array(z.object({ name: z.string() })).catch([]) });

export interface JiraTrackerOptions extends JiraAccess {
  /** The key of a project, `OPS`. */
  readonly project: string;
  /** The name of a type of issue that the project has. */
  readonly type: string;
  /** Ids of accounts by ids of people in Slack. */
  readonly assignees: Readonly<Record<string, string>>;
}

/** The issues of a project of Jira Cloud. The mark is a property of the issue, which no screen shows. */
export function jiraTracker(options: JiraTrackerOptions): Tracker {
  const { project, type, assignees } = options;
  const base = options.url.replace(/\/+$/, '');
  const { ask } = jiraRequests(options);

  const seen = ({ id, key, fields: { status, statuscategorychangedate, created: made } }: z.output<typeof issueSchema>): TrackedIssue => ({
    id,
    key,
    url: `${base}/browse/${key}`,
    done: status.statusCategory.key === 'done',
    at: statuscategorychangedate ?? made,
  });

  async function read({ id, key }: Pick<TrackedIssue, 'id' | 'key'>): Promise<TrackedIssue> {
    const path = `/issue/${encodeURIComponent(id)}?fields=status,statuscategorychangedate,created`;
    return seen(await ask(`read ${key}`, 'GET', path, issueSchema));
  }

  /** The same; where the whole project cannot be seen, that is what is said, and not that the issue is gone. */
  async function readThere(issue: Pick<TrackedIssue, 'id' | 'key'>): Promise<TrackedIssue> {
    try {
      return await read(issue);
    } catch (error) {
      if (isMissing(error)) await seeProject();
      throw error;
    }
  }

  async function seeProject(): Promise<z.output<typeof projectSchema>> {
    try {
      return await ask(`see the project ${project}`, 'GET', `/project/${encodeURIComponent(project)}`, projectSchema);
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new TrackerError('refused', `Jira has no project ${project} for ${options.email}. Correct the key, or let the account see the project`);
    }
  }

  /** Issues of items by this account, the newest changes first. */
  async function search(by: 'created' | 'updated', { since, now }: Span): Promise<readonly (TrackedIssue & { readonly mark: ItemMark })[]> {
    const minutes = Math.max(1, Math.ceil((now - since) / 60_000));
    const jql = `project = "${project}" AND creator = currentUser() AND ${by} >= -${minutes}m ORDER BY ${by} DESC`;
    const found: (TrackedIssue & { readonly mark: ItemMark })[] = [];
    let token: string | undefined;
    for (let count = 0; count < MOST; count += PAGE) {
      const body = { jql, fields: ['status', 'statuscategorychangedate', 'created'], properties: [PROPERTY], maxResults: PAGE };
      const page = await ask('search for issues', 'POST', '/search/jql', searched, token === undefined ? body : { ...body, nextPageToken: token });
      for (const issue of page.issues) {
        const mark = readMark(markSchema.safeParse(issue.properties[PROPERTY]).data?.item ?? '');
        if (mark !== null) found.push({ ...seen(issue), mark });
      }
      if (page.nextPageToken == null) break;
      token = page.nextPageToken;
    }
    return found;
  }

  return {
    kind: 'jira',
    place: `jira:${base}/${project}`,
    settlesMs: SETTLES,
    find: async (mark, span) => withoutMark((await search('created', span)).find((issue) => issue.mark.record === mark.record)),
    async create(issue) {
      const assignee = issue.owner === null ? undefined : assignees[issue.owner];
      const asked = { ...neededOf(issue), ...optionalOf(issue, assignee) };
      const properties = [{ key: PROPERTY, value: { item: writeMark(issue.mark) } }];
      const post = (some: object) => ask('create an issue', 'POST', '/issue', created, { fields: some, properties });
      const made = await post(asked).catch((error: unknown) => {
        const without = withoutRefused(asked, error);
        if (without === null) throw error;
        return post(without);
      });
      return read(made);
    },
    async set(issue, done) {
      const before = await readThere(issue);
      if (before.done === done) return before;
      const { id, key } = issue;
      const path = `/issue/${encodeURIComponent(id)}/transitions`;
      const wanted = done ? ['done'] : ['new', 'indeterminate'];
      const { transitions: there } = await ask(`read the transitions of ${key}`, 'GET', path, transitions);
      const [way] = wanted.flatMap((category) => there.filter(({ to }) => to.statusCategory.key === category));
      if (way === undefined)
        throw new TrackerError(
          'refused',
          `the workflow of ${key} has no way ${done ? 'to a status that is done' : 'back'} from where it stands. Move it there by hand`,
        );
      await ask(`move ${key} by “${clamp(way.name, 60)}”`, 'POST', path, z.unknown(), { transition: { id: way.id } });
      return read(issue);
    },
    changed: (span) => search('updated', span),
    async setBy({ id, key }) {
      const path = `/issue/${encodeURIComponent(id)}?fields=status&expand=changelog`;
      const found = await ask(`read what happened to ${key}`, 'GET', path, history).catch((error: unknown) => {
        if (isMissing(error)) return null;
        throw error;
      });
      if (found === null) return null;
      const { changelog } = found;
      const moves = changelog.histories.filter(({ items }) => items.some(({ field }) => field === 'status'));
      return moves.toSorted((a, b) => b.created - a.created)[0]?.author?.displayName ?? null;
    },
    async check() {
      const found = await seeProject();
      const types = found.issueTypes.map(({ name }) => name);
      if (!types.includes(type))
        throw new TrackerError('refused', `the project ${project} has no type “${type}”. It has ${types.join(', ') || 'none that the account sees'}`);
      const needed = ['BROWSE_PROJECTS', 'CREATE_ISSUES', 'TRANSITION_ISSUES'];
      const path = `/mypermissions?projectKey=${encodeURIComponent(project)}&permissions=${needed.join(',')}`;
      const held = await ask('see what it may do', 'GET', path, permissions);
      const lacking = needed.filter((name) => held.permissions[name]?.havePermission !== true);
      if (lacking.length > 0) throw new TrackerError('refused', `${options.email} lacks ${lacking.join(', ')} in ${project}`);
      return { says: `issues go to ${project} (${found.name}) as ${type}` };
    },
  };

  function neededOf({ title, paragraphs }: NewIssue) {
    return { project: { key: project }, issuetype: { name: type }, summary: clamp(title, MAX_SUMMARY), description: documentOf(paragraphs) };
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof JiraRefusal && error.status === 404;
}

function optionalOf({ priority, due }: NewIssue, assignee: string | undefined) {
  return {
    labels: [LABEL],
    ...(priority === null ? {} : { priority: { name: PRIORITY[priority] } }),
    ...(due === null ? {} : { duedate: due }),
    ...(assignee === undefined ? {} : { assignee: { accountId: assignee } }),
  };
}

/** The fields without those that are refused, where an issue can do without them; `null` where it is something else that is wrong. */
function withoutRefused(asked: object, error: unknown): object | null {
  if (!(error instanceof JiraRefusal) || error.status !== 400) return null;
  const refused = Object.keys(error.fields);
  if (refused.length === 0 || refused.some((field) => !OPTIONAL.some((one) => one === field))) return null;
  return Object.fromEntries(Object.entries(asked).filter(([field]) => !refused.includes(field)));
}

function withoutMark(found: (TrackedIssue & { readonly mark: ItemMark }) | undefined): TrackedIssue | null {
  if (found === undefined) return null;
  const { mark: _mark, ...issue } = found;
  return issue;
}
