import { own } from '../lib/own.ts';

/** What a button says, by its action id. Ids are stored in records, so one that is gone keeps its word. */
export const BUTTON_WORDS: Readonly<Record<string, string>> = {
  'incident.declare': 'Declare incident',
  'incident.ack': 'Acknowledge',
  'incident.assign': 'Roles',
  'incident.update': 'Post update',
  'incident.update.post': 'Post',
  'incident.notice': 'Write it',
  'incident.notice.sent': 'I sent it',
  'incident.severity': 'Severity',
  'incident.impact': 'Impact',
  'incident.status': 'Status',
  'incident.note': 'Add note',
  'incident.note.edit': 'Edit',
  'incident.note.strike': 'Strike',
  'incident.escalate': 'Escalate',
  'incident.snooze': 'Snooze',
  'incident.timeline': 'Timeline',
  'incident.checklist': 'Checklist',
  'incident.item.done': 'Done',
  'incident.review': 'Schedule the review',
  'incident.review.done': 'Review held',
  'incident.tick': 'Done',
  'incident.untick': 'Undo',
  'incident.resolve': 'Resolve',
  'incident.reopen': 'Reopen',
  'incident.close': 'Close',
  'incident.evidence': 'Evidence',
  'incident.home': 'Refresh',
  'incident.pick': 'Choose an incident',
  'alert.acknowledge': 'Acknowledge',
  'alert.investigate': 'Investigate',
  'alert.declare': 'Declare',
  'runbook.pick': 'Diagnose',
  'runbook.diagnose': 'Diagnose',
  'runbook.show': 'Show runbook',
  'runbook.run': 'Run a remedy',
  'plan.approve': 'Approve',
  'plan.reject': 'Reject',
  'plan.withdraw': 'Withdraw',
  'plan.keep': 'Keep',
  'plan.overwrite': 'Overwrite',
  'plan.revert': 'Revert',
  'plan.extend': 'Extend',
  'drill.answer': 'Choose an answer',
  'drill.sign-off': 'Sign',
  'drill.finish': 'Finish drill',
  'page-path.confirm': 'I got it',
};

/** What a form is called, by its callback id. */
export const FORM_WORDS: Readonly<Record<string, string>> = {
  'incident.declare': 'Declare incident',
  'incident.assign': 'Assign a role',
  'incident.handoff': 'Hand over the command',
  'incident.update': 'Status update',
  'incident.notice': 'Notice to customers',
  'incident.notice.sent': 'I sent it',
  'incident.severity': 'Change severity',
  'incident.impact': 'Impact',
  'incident.status': 'Change status',
  'incident.type': 'Change type',
  'incident.note': 'Add a note',
  'incident.note.edit': 'Edit note',
  'incident.note.strike': 'Strike note',
  'incident.pin': 'Add to timeline',
  'incident.escalate': 'Escalate',
  'page.call': 'Call somebody',
  'incident.snooze': 'Snooze reminders',
  'incident.cancel': 'Cancel incident',
  'incident.resolve': 'Resolve',
  'incident.reopen': 'Reopen',
  'incident.review': 'Schedule the review',
  'bypass.request': 'Emergency bypass',
  'runbook.pick': 'Diagnose',
  'runbook.run': 'Run a remedy',
  'plan.reject': 'Reject',
  'plan.withdraw': 'Withdraw',
  'plan.keep': 'Keep what is there',
  'plan.overwrite': 'Overwrite',
  'plan.revert': 'Revert',
  'plan.extend': 'Ask for more time',
};

/** What an entry in the menu of a message is called, by its callback id. */
export const SHORTCUT_WORDS: Readonly<Record<string, string>> = {
  'incident.declare': 'Declare incident',
  'incident.pin': 'Add to timeline',
};

/** What somebody did, in people's words: `button plan.approve`, as records have it, is `pressed Approve`. */
export function sayAsked(command: string): string {
  if (command.startsWith('/')) return `used ${command}`;
  const [how = '', id = ''] = command.split(' ');
  switch (how) {
    case 'button':
      return `pressed ${own(BUTTON_WORDS, id) ?? 'a button'}`;
    case 'form':
      return `sent the form “${own(FORM_WORDS, id) ?? 'of a release before'}”`;
    case 'shortcut':
      return `used the shortcut “${own(SHORTCUT_WORDS, id) ?? 'of a release before'}”`;
    case 'reaction':
      return `reacted with :${id}:`;
    case 'home':
      return 'opened the Home tab';
    default:
      return 'asked for something';
  }
}
