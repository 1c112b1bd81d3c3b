import { watch } from './watching.ts';
import type { Workspace } from './workspace.ts';

/** A page to somebody on call, as the pager's own app shows it. */
export interface SentPage {
  readonly id: string;
  /** As the pager counts them. */
  readonly number: number;
  readonly service: string;
  readonly title: string;
  readonly status: 'triggered' | 'acknowledged' | 'resolved';
  readonly severity: string;
  /** ms since 1970, by the workspace's clock. */
  readonly at: number;
  readonly changedAt: number;
  /** Who changed the status last; `null`: the sender of the page. */
  readonly by: string | null;
  readonly details: readonly (readonly [name: string, value: string])[];
  readonly url: string | null;
}

/** A mail, without what it says. */
export interface SentMail {
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** ms since 1970, by the workspace's clock. */
  readonly at: number;
  readonly hasHtml: boolean;
}

/** A status page that the public reads. */
export interface PublicPage {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  /** Another one whenever the page has changed. */
  readonly version: string;
}

/** What was sent to people outside the workspace; the newest first. */
export interface SentOutside {
  readonly pages: readonly SentPage[];
  readonly mails: readonly SentMail[];
  readonly statusPages: readonly PublicPage[];
}

/** Where an app sends to besides the workspace. What these are is no matter of the workspace. */
export interface Outside {
  list(): SentOutside;
  /** What a mail says; `undefined` for one that is not there (any more). */
  mail(id: string): { readonly text: string; readonly html: string | null } | undefined;
  /** A status page as browsers get it. */
  statusPage(id: string): Promise<string | undefined>;
  /** What a person does with a page in the pager's own app. Rejects with why it does not work. */
  answerPage(person: string, id: string, what: 'acknowledged' | 'resolved'): Promise<void>;
}

/** What the workspace's page shows of it. */
export interface OutsideView extends Omit<Outside, 'list'> {
  /** `null` where nothing is sent outside. */
  list(): SentOutside | null;
  close(): void;
}

/** How often it is looked at, ms: nobody tells the workspace what is sent elsewhere. */
const LOOK_EVERY_MS = 500;

/** Tells the pages of whatever is sent outside. */
export function outsideView(workspace: Workspace, outside: Outside | undefined): OutsideView {
  if (outside === undefined) {
    return {
      list: () => null,
      mail: () => undefined,
      statusPage: () => Promise.resolve(undefined),
      answerPage: () => Promise.reject(new Error('This workspace sends nothing elsewhere.')),
      close: () => undefined,
    };
  }
  const watched = watch(
    () => outside.list(),
    LOOK_EVERY_MS,
    (now) => workspace.changed({ kind: 'outside', outside: now }),
  );
  return {
    list: () => outside.list(),
    mail: (id) => outside.mail(id),
    statusPage: (id) => outside.statusPage(id),
    async answerPage(person, id, what) {
      try {
        await outside.answerPage(person, id, what);
      } finally {
        watched.tell();
      }
    },
    close: watched.close,
  };
}
