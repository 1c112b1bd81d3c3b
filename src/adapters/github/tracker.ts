import { clamp } from '../../lib/clamp.ts';
import { readMark, writeMark } from '../../lib/item-mark.ts';
import { readOn } from '../../lib/read-on.ts';
import { type GitHub, GitHubError } from '../../ports/github.ts';
import type { GitHubIssue, ListedIssue } from '../../ports/github-issues.ts';
import { type NewIssue, type TrackedIssue, type Tracker, TrackerError } from '../../ports/tracker.ts';

const SIZE = 100;
/** Pages that are read of what changed in one look. */
const PAGES = 10;
/** Pages of new issues that are looked through for one at most. */
const MOST_PAGES = 100;
/** Times there have whole seconds. */
const GRAIN = 1_000;
const MAX_TITLE = 250;
const LABEL = 'tocsin';
/** How long (ms) an issue may be missing in a list. */
const SETTLES = 10_000;
/** How long (ms) it waits where GitHub takes no more requests: its limits are those of a minute, or of an hour. */
const LIMITED = 5 * 60_000;

export interface GitHubTrackerOptions {
  readonly repository: string;
  /** A repository by the bot's credentials. */
  readonly open: (repository: string) => GitHub;
  /** Logins by ids of people in Slack. */
  readonly assignees: Readonly<Record<string, string>>;
}

/** The issues of a repository of GitHub. The mark is a comment in the body, which nobody sees who reads the issue. */
export function githubTracker({ repository, open, assignees }: GitHubTrackerOptions): Tracker {
  const there = <T>(work: (github: GitHub) => Promise<T>, of = repository): Promise<T> => translated(of, () => work(open(of)));
  const seen = (issue: GitHubIssue, of = repository): TrackedIssue => ({
    id: String(issue.id),
    key: `${of}#${issue.number}`,
    url: issue.url,
    done: issue.state === 'closed',
    at: issue.updated,
  });

  return {
    kind: 'github',
    place: `github:${repository.toLowerCase()}`,
    settlesMs: SETTLES,
    async find(mark, { since }) {
      for (let page = 1; page <= MOST_PAGES; page += 1) {
        const { found, isLast } = await there((github) => github.issues({ by: 'created', since, page, size: SIZE }));
        const listed = found.find(({ body, isPull }) => !isPull && readMark(body)?.record === mark.record);
        if (listed?.issue === null) throw oddIssue(listed.name);
        if (listed !== undefined) return seen(listed.issue);
        if (isLast || found.some(({ created }) => created !== null && created < since)) return null;
      }
      throw new TrackerError('refused', `${repository} has too many new issues to see whether this item has one already. Create the issue by hand`);
    },
    async create(issue) {
      const assignee = issue.owner === null ? undefined : assignees[issue.owner];
      const asked = { title: clamp(issue.title, MAX_TITLE), body: bodyOf(issue), labels: [LABEL] };
      const made = await there(async (github) => {
        if (assignee === undefined) return github.createIssue({ ...asked, assignees: [] });
        try {
          return await github.createIssue({ ...asked, assignees: [assignee] });
        } catch (error) {
          // Nobody may be assigned who has no access. The issue matters more than that.
          if (error instanceof GitHubError && error.status === 422) return github.createIssue({ ...asked, assignees: [] });
          throw error;
        }
      });
      return seen(made);
    },
    async set({ key }, done) {
      const [of = repository, number] = key.split('#');
      const issue = await there((github) => github.setIssue(Number(number), done ? 'closed' : 'open'), of);
      if (issue !== null) return seen(issue, of);
      // The repository may be what is gone, or not for these credentials any more.
      await there((github) => github.about(), of);
      throw new TrackerError('gone', `GitHub has no issue ${key} any more`);
    },
    async changed({ since }) {
      const { items, through } = await readOn<ListedIssue, number>({
        since,
        grain: GRAIN,
        pages: PAGES,
        momentOf: ({ updated }) => updated,
        async page(from, page = 1) {
          const { found, isLast } = await there((github) => github.issues({ by: 'updated', since: from, page, size: SIZE }));
          return { items: found, next: isLast ? null : page + 1 };
        },
      });
      const marked = items.flatMap(({ body, name, isPull, issue }) => {
        const mark = isPull ? null : readMark(body);
        return mark === null ? [] : [{ mark, name, issue }];
      });
      return {
        issues: marked.flatMap(({ mark, issue }) => (issue === null ? [] : [{ ...seen(issue), mark }])),
        odd: marked.flatMap(({ name, issue }) => (issue === null ? [`${repository}${name}`] : [])),
        through,
      };
    },
    async setBy({ key }) {
      const [of = repository, number] = key.split('#');
      return there((github) => github.issueSetBy(Number(number)), of);
    },
    check: () =>
      there(async (github) => {
        const { archived } = await github.about();
        if (archived) throw new TrackerError('refused', `${repository} is archived. Name another repository`);
        await github.issues({ by: 'updated', since: 0, page: 1, size: 1 });
        const may = await github.may('issues', 'write');
        if (may === 'no') throw new TrackerError('refused', `issues cannot be created in ${repository}: the permission “Issues: write” is missing`);
        return { says: `issues go to ${repository}` };
      }),
  };
}

/** One that is there, but not as GitHub describes issues: another must not be created. */
function oddIssue(name: string): TrackerError {
  return new TrackerError('odd', `GitHub has the issue ${name}, but in a form that Tocsin does not understand`);
}

function bodyOf({ paragraphs, mark }: NewIssue): string {
  return [...paragraphs.map(harmless), `<!-- ${writeMark(mark)} -->`].join('\n\n');
}

/** Words that mention nobody on GitHub, whatever marks stand around a name, refer to no other issue and open no comment. */
function harmless(text: string): string {
  return text
    .replaceAll(/(?<![A-Za-z0-9])@(?=[A-Za-z0-9])/g, '@\u2060')
    .replaceAll(/#(?=\d)/g, '#\u2060')
    .replaceAll('<', '&lt;');
}

/** What GitHub refused, in the words of a tracker. */
async function translated<T>(repository: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    const says = error.message.replace(/\.$/, '');
    switch (error.reason) {
      case 'rate-limited':
        throw new TrackerError('busy', says, { retryAfterMs: LIMITED, cause: error });
      case 'unreachable':
      case 'timeout':
        throw new TrackerError('away', says, { cause: error });
      case 'uncertain':
        throw new TrackerError('unsure', says, { cause: error });
      default: {
        const off = `issues are turned off in ${repository}. Turn them on in its settings, or name another repository`;
        throw new TrackerError('refused', error.status === 410 ? off : says, { cause: error });
      }
    }
  }
}
