import type { ReadFields } from './fields.ts';

export interface Status {
  readonly id: string;
  readonly name: string;
  readonly category: { readonly id: number; readonly key: 'new' | 'indeterminate' | 'done'; readonly name: string; readonly colorName: string };
}

export const STATUSES: readonly Status[] = [
  { id: '10000', name: 'To Do', category: { id: 2, key: 'new', name: 'To Do', colorName: 'blue-gray' } },
  { id: '10001', name: 'In Progress', category: { id: 4, key: 'indeterminate', name: 'In Progress', colorName: 'yellow' } },
  { id: '10002', name: 'Done', category: { id: 3, key: 'done', name: 'Done', colorName: 'green' } },
];

/** From any status to any: the workflow of a new project. */
export const TRANSITIONS = STATUSES.map((to, i) => ({ id: String((i + 1) * 10 + 1), name: to.name, to }));

/** Somebody moved an issue. */
interface Move {
  readonly id: string;
  readonly at: number;
  readonly by: string;
  readonly from: Status;
  readonly to: Status;
}

export interface JiraIssue {
  readonly id: string;
  readonly key: string;
  readonly creator: string;
  readonly fields: ReadFields;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  updatedAt: number;
  status: Status;
  statusAt: number;
  /** Oldest first. */
  readonly moves: Move[];
}

/** A time as Jira writes it. */
function time(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}

function statusJson(url: string, { id, name, category }: Status) {
  return {
    self: `${url}/rest/api/3/status/${id}`,
    description: '',
    iconUrl: `${url}/images/icons/status.png`,
    name,
    id,
    statusCategory: { self: `${url}/rest/api/3/statuscategory/${category.id}`, ...category },
  };
}

/** The fields of an issue that were asked for. */
function fieldsJson(url: string, issue: JiraIssue, asked: readonly string[], isOdd: boolean) {
  const all: Readonly<Record<string, unknown>> = {
    summary: issue.fields.summary,
    description: issue.fields.description,
    status: isOdd ? null : statusJson(url, issue.status),
    statuscategorychangedate: time(issue.statusAt),
    created: time(issue.createdAt),
    updated: time(issue.updatedAt),
    labels: issue.fields.labels,
    duedate: issue.fields.duedate,
  };
  return Object.fromEntries(asked.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name]]));
}

/** `isOdd`: without what every issue has. */
export function issueJson(url: string, issue: JiraIssue, asked: readonly string[], isOdd: boolean) {
  const fields = fieldsJson(url, issue, asked, isOdd);
  return { expand: '', id: issue.id, self: `${url}/rest/api/3/issue/${issue.id}`, key: issue.key, fields };
}

/** The newest first. */
export function changelogJson({ moves }: JiraIssue) {
  const histories = moves.toReversed().map(({ id, at, by, from, to }) => ({
    id,
    author: { accountId: by, accountType: 'atlassian', active: true, displayName: by },
    created: time(at),
    items: [
      { field: 'status', fieldtype: 'jira', fieldId: 'status', from: from.id, fromString: from.name, to: to.id, toString: to.name },
      ...(to.category.key === 'done'
        ? [{ field: 'resolution', fieldtype: 'jira', fieldId: 'resolution', from: null, fromString: null, to: '10000', toString: 'Done' }]
        : []),
    ],
  }));
  return { startAt: 0, maxResults: histories.length, total: histories.length, histories };
}

export function transitionsJson(url: string, transitions: typeof TRANSITIONS) {
  return {
    expand: 'transitions',
    transitions: transitions.map(({ id, name, to }) => ({
      id,
      name,
      to: statusJson(url, to),
      hasScreen: false,
      isGlobal: true,
      isInitial: false,
      isAvailable: true,
      isConditional: false,
      isLooped: false,
    })),
  };
}
