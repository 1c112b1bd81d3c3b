import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { close, listen, urlOf } from '../listening.ts';
import { type FieldTerms, readFields } from './fields.ts';
import { bodyOf, Refusal, read, send } from './http.ts';
import { changelogJson, issueJson, type JiraIssue, STATUSES, TRANSITIONS, transitionsJson } from './state.ts';

export interface JiraSimulatorOptions {
  readonly email?: string;
  readonly token?: string;
  /** The key of the project. */
  readonly project?: string;
  readonly port?: number;
  readonly host?: string;
  /** ms since 1970. */
  readonly now?: () => number;
}

/** What goes wrong with the next requests that write. `lost-answer`: it is done, and the connection breaks. */
export type JiraFault = { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number } | { readonly kind: 'lost-answer' };

interface Asked {
  readonly method: string;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
}

const JQL = /^project = "([A-Z][A-Z0-9_]*)" AND creator = currentUser\(\) AND (created|updated) >= -(\d+)m ORDER BY (created|updated) (ASC|DESC)$/;
const MISSING = 'Issue does not exist or you do not have permission to see it.';
const PERMISSIONS = ['BROWSE_PROJECTS', 'CREATE_ISSUES', 'TRANSITION_ISSUES', 'EDIT_ISSUES'] as const;

const createSchema = z.strictObject({
  fields: z.record(z.string(), z.unknown()),
  properties: z.array(z.strictObject({ key: z.string().min(1).max(255), value: z.unknown() })).default([]),
});
const searchSchema = z.strictObject({
  jql: z.string(),
  fields: z.array(z.string()).default([]),
  properties: z.array(z.string()).max(5).default([]),
  maxResults: z.number().int().min(1).max(5_000).default(50),
  nextPageToken: z.string().optional(),
});
const moveSchema = z.strictObject({ transition: z.strictObject({ id: z.string() }) });

/**
 * A small and strict Jira Cloud: one project with the workflow of a new one, as its REST API version 3 has it. A request without the login, a field or a
 * transition that is not there, a description that is no Atlassian Document and a query that is not understood are refused as Jira refuses them.
 */
export class JiraSimulator {
  readonly email: string;
  readonly token: string;
  readonly project: string;
  readonly types = ['Task', 'Bug', 'Story'];
  readonly accounts = new Set(['5b10a2844c20165700ede21g']);
  /** Fields that the project has not on its screen. */
  readonly hidden = new Set<string>();
  /** What the account may do. */
  readonly permissions = new Set<string>(PERMISSIONS);
  readonly issues: JiraIssue[] = [];
  /** Method and path of each request with the status that answered it, in order. */
  readonly requests: string[] = [];
  readonly faults: JiraFault[] = [];
  /** Keys of issues whose status has a form that the API does not have. */
  readonly odd = new Set<string>();
  /** Ids of transitions that the workflow has not. */
  readonly barred = new Set<string>();
  readonly #now: () => number;
  #server: Server;
  #count = 0;

  private constructor({ email = 'tocsin@example.com', token = 'ATATT-simulated-token', project = 'OPS', now = Date.now }: JiraSimulatorOptions) {
    this.email = email;
    this.token = token;
    this.project = project;
    this.#now = now;
    this.#server = createServer((message, response) => void this.#serve(message, response));
  }

  static async start(options: JiraSimulatorOptions = {}): Promise<JiraSimulator> {
    const simulator = new JiraSimulator(options);
    await listen(simulator.#server, options);
    return simulator;
  }

  get url(): string {
    return urlOf(this.#server);
  }

  async stop(): Promise<void> {
    await close(this.#server);
  }

  /** Somebody moves an issue to a status. @throws Error for an issue or a status that is none */
  move(key: string, status: string, by: string): void {
    const issue = this.issues.find((one) => one.key === key);
    const to = STATUSES.find(({ name }) => name === status);
    if (issue === undefined || to === undefined) throw new Error(`There is no ${key}, or no ${status}.`);
    this.#move(issue, to, by);
  }

  /** Somebody deletes an issue. */
  remove(key: string): void {
    this.issues.splice(
      this.issues.findIndex((one) => one.key === key),
      1,
    );
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = message.method ?? 'GET';
    const { pathname, searchParams: query } = new URL(message.url ?? '/', 'http://jira');
    const note = (status: number | null) => this.requests.push(`${method} ${pathname} ${status ?? 'lost'}`);
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of message) chunks.push(chunk as Buffer);
      const fault = method === 'GET' ? undefined : this.faults.shift();
      if (fault?.kind === 'status') throw new Refusal(fault.status, 'Injected by the simulator.', { retryAfter: fault.retryAfter });
      this.#assertKnown(message);
      const body = bodyOf(message, Buffer.concat(chunks).toString('utf8'));
      const [status, answer] = this.#answer({ method, path: pathname.split('/').slice(1), query, body });
      note(fault === undefined ? status : null);
      if (fault !== undefined) message.socket.resetAndDestroy();
      else send(response, status, answer);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        message.socket.destroy();
        return;
      }
      note(error.status);
      const named = Object.keys(error.errors).length > 0;
      send(response, error.status, { errorMessages: named ? [] : [error.message], errors: error.errors }, error.retryAfter);
    }
  }

  #assertKnown({ headers }: IncomingMessage): void {
    const expected = `Basic ${Buffer.from(`${this.email}:${this.token}`).toString('base64')}`;
    if (headers.authorization !== expected) throw new Refusal(401, 'Client must be authenticated to access this resource.');
  }

  #answer({ method, path, query, body }: Asked): readonly [number, unknown] {
    const [rest, api, version, what, id, more, ...beyond] = path;
    if (rest !== 'rest' || api !== 'api' || version !== '3' || beyond.length > 0) throw new Refusal(404, 'dead link');
    const route = `${method} ${what}${id === undefined ? '' : what === 'search' ? `/${id}` : '/:id'}${more === undefined ? '' : `/${more}`}`;
    switch (route) {
      case 'GET project/:id':
        return [200, this.#project(id)];
      case 'GET mypermissions':
        return [200, this.#permissions(query)];
      case 'POST issue':
        return [201, this.#create(body)];
      case 'POST search/jql':
        return [200, this.#search(body)];
      case 'GET issue/:id':
        return [200, this.#read(this.#found(id), query)];
      case 'GET issue/:id/transitions':
        return [200, transitionsJson(this.url, this.#found(id) && this.#transitions())];
      case 'POST issue/:id/transitions':
        return [204, this.#transition(this.#found(id), body)];
      default:
        throw new Refusal(404, 'dead link');
    }
  }

  #project(key: string | undefined): object {
    if (key !== this.project || !this.permissions.has('BROWSE_PROJECTS'))
      throw new Refusal(404, `No project could be found with key '${key ?? ''}'.`);
    const self = `${this.url}/rest/api/3`;
    const issueTypes = this.types.map((name, i) => ({
      self: `${self}/issuetype/${i}`,
      id: String(10_000 + i),
      description: '',
      name,
      subtask: false,
    }));
    return { self: `${self}/project/10000`, id: '10000', key: this.project, name: 'Operations', issueTypes };
  }

  #permissions(query: URLSearchParams): object {
    const asked = query.get('permissions')?.split(',') ?? [];
    if (asked.length === 0) throw new Refusal(400, 'The permissions query parameter is required.');
    const unknown = asked.filter((name) => !PERMISSIONS.some((one) => one === name));
    if (unknown.length > 0) throw new Refusal(400, `Unrecognized permission: ${unknown.join(', ')}`);
    const entries = asked.map((key, i) => [
      key,
      { id: String(i), key, name: key, type: 'PROJECT', description: '', havePermission: this.permissions.has(key) },
    ]);
    return { permissions: Object.fromEntries(entries) };
  }

  #create(body: unknown): object {
    const { fields, properties } = read(createSchema, body);
    const terms: FieldTerms = { project: this.project, types: this.types, accounts: this.accounts, hidden: this.hidden };
    const found = readFields(fields, terms);
    if ('errors' in found) throw new Refusal(400, '', { errors: found.errors });
    if (!this.permissions.has('CREATE_ISSUES')) throw new Refusal(403, 'You do not have permission to create issues in this project.');
    this.#count += 1;
    const at = this.#now();
    const [status] = STATUSES;
    if (status === undefined) throw new RangeError('no statuses');
    const issue: JiraIssue = {
      id: String(10_000 + this.#count),
      key: `${this.project}-${this.#count}`,
      creator: this.email,
      fields: found,
      properties: Object.fromEntries(properties.map(({ key, value }) => [key, value])),
      createdAt: at,
      updatedAt: at,
      status,
      statusAt: at,
      moves: [],
    };
    this.issues.push(issue);
    return { id: issue.id, key: issue.key, self: `${this.url}/rest/api/3/issue/${issue.id}` };
  }

  #search(body: unknown): object {
    const { jql, fields, properties, maxResults, nextPageToken } = read(searchSchema, body);
    const [, project, by, minutes, order, direction] = JQL.exec(jql) ?? [];
    if (project === undefined || by !== order) throw new Refusal(400, 'Error in the JQL Query: the simulator does not understand it.');
    if (project !== this.project) throw new Refusal(400, `The value '${project}' does not exist for the field 'project'.`);
    const at = by === 'created' ? 'createdAt' : 'updatedAt';
    // A search that goes on has the span that it began with.
    const [begun, start = 0] = nextPageToken?.split('+').map(Number) ?? [];
    const from = begun ?? this.#now() - Number(minutes) * 60_000;
    const found = this.issues.filter((issue) => issue[at] >= from).toSorted((a, b) => (direction === 'ASC' ? a[at] - b[at] : b[at] - a[at]));
    const shown = found.slice(start, start + maxResults);
    const isLast = start + maxResults >= found.length;
    const issues = shown.map((issue) => ({
      ...issueJson(this.url, issue, fields, this.odd.has(issue.key)),
      properties: Object.fromEntries(properties.flatMap((name) => (Object.hasOwn(issue.properties, name) ? [[name, issue.properties[name]]] : []))),
    }));
    return { issues, isLast, ...(isLast ? {} : { nextPageToken: `${from}+${start + maxResults}` }) };
  }

  #read(issue: JiraIssue, query: URLSearchParams): object {
    const fields = query.get('fields')?.split(',') ?? [];
    const expand = query.get('expand');
    if (expand !== null && expand !== 'changelog') throw new Refusal(400, `The simulator does not play ${expand}.`);
    return { ...issueJson(this.url, issue, fields, this.odd.has(issue.key)), ...(expand === null ? {} : { changelog: changelogJson(issue) }) };
  }

  #found(idOrKey: string | undefined): JiraIssue {
    const issue = this.issues.find(({ id, key }) => id === idOrKey || key === idOrKey);
    if (issue === undefined || !this.permissions.has('BROWSE_PROJECTS')) throw new Refusal(404, MISSING);
    return issue;
  }

  #transitions(): typeof TRANSITIONS {
    return TRANSITIONS.filter(({ id }) => !this.barred.has(id));
  }

  #transition(issue: JiraIssue, body: unknown): null {
    const { transition } = read(moveSchema, body);
    const way = this.#transitions().find(({ id }) => id === transition.id);
    if (way === undefined)
      throw new Refusal(
        400,
        `It seems that you have tried to perform a workflow operation (${transition.id}) that is not valid for the current state of this issue.`,
      );
    if (!this.permissions.has('TRANSITION_ISSUES')) throw new Refusal(403, 'You do not have permission to transition this issue.');
    this.#move(issue, way.to, this.email);
    return null;
  }

  #move(issue: JiraIssue, to: JiraIssue['status'], by: string): void {
    const at = this.#now();
    issue.moves.push({ id: String(20_000 + issue.moves.length), at, by, from: issue.status, to });
    const changed = issue.status.category.key !== to.category.key;
    Object.assign(issue, { status: to, updatedAt: at, ...(changed ? { statusAt: at } : {}) });
  }
}
