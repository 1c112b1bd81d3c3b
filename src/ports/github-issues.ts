/** An issue. Times are ms since 1970. */
export interface GitHubIssue {
  /** Its own in all of GitHub; `number` is its repository's. */
  readonly id: number;
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed';
  readonly created: number;
  readonly updated: number;
}

/** An issue as a list has it. One that cannot be understood keeps no other from being read. */
export interface ListedIssue {
  /** `#12`; `#?` where not even that can be read. */
  readonly name: string;
  readonly body: string;
  /** ms since 1970; `null` where it cannot be read. */
  readonly created: number | null;
  readonly updated: number | null;
  readonly isPull: boolean;
  readonly issue: GitHubIssue | null;
}

export interface IssuePage {
  readonly found: readonly ListedIssue[];
  readonly isLast: boolean;
}

/** Issues of a repository. Every method throws GitHubError; writes are sent once. */
export interface GitHubIssues {
  /** Open or closed ones and pull requests, that were changed at this moment (ms) or later. By `updated`: the oldest changes first; by `created`: the newest first. */
  issues(options: { readonly by: 'updated' | 'created'; readonly since: number; readonly page: number; readonly size: number }): Promise<IssuePage>;
  /** @throws GitHubError `not-found` also where the repository has no issues */
  createIssue(issue: {
    readonly title: string;
    readonly body: string;
    readonly labels: readonly string[];
    readonly assignees: readonly string[];
  }): Promise<GitHubIssue>;
  /** Closes it as completed, or opens it again; as it is already, it stays. `null` for one that is gone. */
  setIssue(number: number, state: GitHubIssue['state']): Promise<GitHubIssue | null>;
  /** The login of who closed or reopened it last; `null` where nobody is known. */
  issueSetBy(number: number): Promise<string | null>;
}
