import type { FollowUp, Issue } from '../change/plans.ts';
import type { Incident } from '../incident/incident.ts';
import { type IssueAction, TRACKER_NAMES, TRACKING_DATA } from './data/tracking.ts';
import type { RecordTypes } from './record-type.ts';

const SAY_NOT: Readonly<Record<IssueAction, string>> = {
  create: 'has no issue',
  close: 'is done, and its issue is still open',
  reopen: 'is open, and its issue is still closed',
};

const INSTEAD: Readonly<Record<IssueAction, string>> = { create: 'create it there', close: 'close it there', reopen: 'reopen it there' };

/** The issues of action items. */
export const TRACKING: RecordTypes<keyof typeof TRACKING_DATA> = {
  'follow-up.exported': {
    data: TRACKING_DATA['follow-up.exported'],
    evolve: (state, { data: { number, tracker, id, key, url, at } }) =>
      onItem(state, number, ({ failing: _failing, ...item }) => ({ ...item, issue: { tracker, id, key, url, at, done: false } })),
    says: ({ data: { number, tracker, key, url } }) => `Action item ${number} is ${key} in ${TRACKER_NAMES[tracker]}: ${url}`,
  },
  'follow-up.synced': {
    data: TRACKING_DATA['follow-up.synced'],
    evolve: (state, { data: { number, done, at } }) =>
      onItem(state, number, ({ failing: _failing, ...item }) => withIssue(item, (issue) => ({ ...issue, done, at: Math.max(issue.at, at) }))),
    says: ({ data: { number, tracker, key, done } }) =>
      `Tocsin ${done ? 'closed' : 'reopened'} ${key} in ${TRACKER_NAMES[tracker]}, the issue of action item ${number}`,
  },
  'follow-up.unsynced': {
    data: TRACKING_DATA['follow-up.unsynced'],
    evolve: (state, { data }) => onItem(state, data.number, (item) => ({ ...item, failing: true })),
    says: ({ data: { number, tracker, action, error, waits } }) => {
      const what = `Action item ${number} ${SAY_NOT[action]} in ${TRACKER_NAMES[tracker]}`;
      return waits ? `${what} yet: ${error}. Tocsin keeps trying for a week` : `${what}: ${error}. Tocsin tries no more; ${INSTEAD[action]}`;
    },
  },
  'follow-up.lost': {
    data: TRACKING_DATA['follow-up.lost'],
    evolve: (state, { data: { number } }) =>
      onItem(state, number, ({ failing: _failing, ...item }) => withIssue(item, (issue) => ({ ...issue, lost: true }))),
    says: ({ data: { number, tracker, key } }) =>
      `${key}, the issue of action item ${number}, no longer exists in ${TRACKER_NAMES[tracker]}. The item is tracked here only from now on`,
  },
};

/** The state with one of its action items changed. */
export function onItem(state: Incident, number: number, change: (item: FollowUp) => FollowUp): Incident {
  return { ...state, followUps: state.followUps.map((item, i) => (i === number - 1 ? change(item) : item)) };
}

/** An item with its issue changed, where it has one. */
export function withIssue(item: FollowUp, change: (issue: Issue) => Issue): FollowUp {
  return item.issue === undefined ? item : { ...item, issue: change(item.issue) };
}
