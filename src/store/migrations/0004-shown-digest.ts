import type { Migration } from './index.ts';

/** What of a message Slack accepted last: an edit that would show the same is not sent. */
export const shownDigest: Migration = {
  name: 'shown-digest',
  statements: [`alter table message add column shown_digest text`],
};
