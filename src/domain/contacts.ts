/** Whom to call outside of Slack. It is no part of any record: it is read from the settings when it is shown. */
export interface Contact {
  readonly name: string;
  readonly phone?: string | undefined;
  readonly email?: string | undefined;
  /** What for. */
  readonly for: string;
}
