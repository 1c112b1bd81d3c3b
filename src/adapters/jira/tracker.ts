import { z } from 'zod';
import type { Priority } from '../../domain/records/data/tracking.ts';
import { clamp } from '../../lib/clamp.ts';
import { readMark, writeMark } from '../../lib/item-mark.ts';
import { type ReadPage, readOn } from '../../lib/read-on.ts';
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
/** Pages that are read of what changed in one look. */
const PAGES = 10;
/** Pages of new issues that are looked through for one at most. */
const MOST_PAGES = 100;
/** What is asked for beyond the span (ms): Jira counts back from its own clock, and each page a little later. */
const MARGIN = 5 * 60_000;
/** A query has whole minutes. */
const GRAIN = 60_000;
/** Without them an issue is an issue all the same: not every project has them on its screen. */
const OPTIONAL = ['labels', 'priority', 'duedate', 'assignee'] as const;

const PRIORITY: Readonly<Record<Priority, string>> = { urgent: 'Highest', high: 'High', medium: 'Medium', low: 'Low' };

const moment = z
  .string()
  .transform((text) => Date.parse(text))
  .refine((ms) => !Number.isNaN(ms), 'expected a time');
const fields = z.object({
  status: z.object({ name: z.string(), statusCategory: z.object({ key: z.string() }) }),
  statuscategorychangedate: moment.nullish(),
  created: moment,
});
const issueSchema = z.object({ id: z.string(), key: z.string(), fields });
/** What is understood of an issue in any case. */
const listed = z.object({
  key: z.string().max(300).catch('?'),
  fields: z.object({ updated: moment.nullish().catch(null) }).catch({}),
  properties: z.record(z.string(), z.unknown()).catch({}),
});
const searched = z.object({ issues: z.array(z.unknown()), nextPageToken: z.string().nullish() });
const created = z.object({ id: z.string(), key: z.string() });
const markSchema = z.object({ item: z.string() });
const transitions = z.object({
  transitions: z.array(z.object({ id: z.string(), name: z.string(), to: z.object({ statusCategory: z.object({ key: z.string() }) }) })),
});
const history = z.object({
  changelog: z.object({
    histories: z.array(
      z.object({
        created: moment.catch(0),
        author: z.object({ displayName: z.string() }).nullish().catch(null),
        items: z.array(z.object({ field: z.string().catch('') })).catch([]),
      }),
    ),
  }),
});
const permissions = z.object({ permissions: z.record(z.string(), z.object({ havePermission: z.boolean() })) });
const projectSchema = z.object({ key: z.string(), name: z.string(), issueTypes: z.array(z.object({ name: z.string() })).catch([]) });

/** An issue as a search has it. `issue`: `null` for one that cannot be understood. */
interface Listed {
  readonly key: string;
  readonly mark: ItemMark | null;
  readonly updated: number | null;
  readonly issue: TrackedIssue | null;
}

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

  /** A page of the issues by this account, and the items that they are of. `since`, `now`: ms. */
  async function search(by: 'created' | 'updated', { since, now }: Span, token: string | undefined): Promise<ReadPage<Listed, string>> {
    const minutes = Math.max(1, Math.ceil((now - since + MARGIN) / 60_000));
    const order = by === 'updated' ? 'ASC' : 'DESC';
    const jql = `project = "${project}" AND creator = currentUser() AND ${by} >= -${minutes}m ORDER BY ${by} ${order}`;
    const body = { jql, fields: ['status', 'statuscategorychangedate', 'created', 'updated'], properties: [PROPERTY], maxResults: PAGE };
    const page = await ask('search for issues', 'POST', '/search/jql', searched, token === undefined ? body : { ...body, nextPageToken: token });
    return { items: page.issues.map(listedOf), next: page.nextPageToken ?? null };
  }

  function listedOf(found: unknown): Listed {
    const { key, fields: read, properties } = listed.catch({ key: '?', fields: {}, properties: {} }).parse(found);
    const issue = issueSchema.safeParse(found).data;
    return {
      key,
      mark: readMark(markSchema.safeParse(properties[PROPERTY]).data?.item ?? ''),
      updated: read.updated ?? null,
      issue: issue === undefined ? null : seen(issue),
    };
  }

  async function find(mark: ItemMark, span: Span): Promise<TrackedIssue | null> {
    let token: string | undefined;
    for (let count = 0; count < MOST_PAGES; count += 1) {
      const { items, next } = await search('created', span, token);
      const found = items.find((one) => one.mark?.record === mark.record);
      if (found?.issue === null)
        throw new TrackerError('odd', `Jira has the issue ${clamp(found.key, 60)}, but in a form that Tocsin does not understand`);
      if (found !== undefined) return found.issue;
      if (next === null) return null;
      token = next;
    }
    throw new TrackerError('refused', `${project} has too many new issues to see whether this item has one already. Create the issue by hand`);
  }

  return {
    kind: 'jira',
    place: `jira:${base}/${project}`,
    settlesMs: SETTLES,
    find,
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
    async changed({ since, clock }) {
      let now = 0;
      const { items, through } = await readOn<Listed, string>({
        since,
        grain: GRAIN,
        pages: PAGES,
        async page(from, token) {
          // What goes on by a token is the same query; a new one counts back from when it is asked.
          if (token === undefined) now = await clock();
          return search('updated', { since: from, now }, token);
        },
        momentOf: ({ updated }) => updated,
      });
      const marked = items.flatMap(({ key, mark, issue }) => (mark === null ? [] : [{ key, mark, issue }]));
      return {
        issues: marked.flatMap(({ mark, issue }) => (issue === null ? [] : [{ ...issue, mark }])),
        odd: marked.flatMap(({ key, issue }) => (issue === null ? [key] : [])),
        through,
      };
    },
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
