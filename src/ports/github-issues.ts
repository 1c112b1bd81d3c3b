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

/** Issues of a repository: pull requests are none. Every method throws GitHubError; writes are sent once. */
export interface GitHubIssues {
  /** Open or closed, that were changed at this moment (ms) or later; the newest changes first, at most `limit`. */
  issues(options: { readonly since: number; readonly limit: number }): Promise<readonly GitHubIssue[]>;
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
