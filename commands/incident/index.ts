import { help as helpReply } from '../../blocks/replies.ts';
import type { SlashCommand, Subcommand } from '../command.ts';
import { idForHelp } from '../examples.ts';
import { acknowledge } from './acknowledge.ts';
import { acknowledgeAlert, alerts, declareFromAlert, investigateAlert } from './alerts.ts';
import { assign, assignView, handoff, handoffView } from './assign.ts';
import { impact, impactView, severity, severityView, status, statusForm, statusView } from './change.ts';
import { contacts } from './contacts.ts';
import { declare, declareForm, declareView } from './declare.ts';
import { cancel, cancelView, checklist, close, merge, reopen, reopenView, resolve, resolveView, tickHandler } from './end.ts';
import { escalate, escalateView } from './escalate.ts';
import { figures } from './figures.ts';
import { item, itemDone, items, overdue } from './items.ts';
import { notice, noticeSentForm, noticeSentView, noticeView } from './notice.ts';
import { evidence, home, list, postmortem, report, summary } from './overview.ts';
import { note, noteView, pinReaction, pinShortcut, pinView, timeline } from './record.ts';
import { review, reviewDone, reviewForm, reviewView } from './review.ts';
import { type, typeView } from './type.ts';
import { postDraft, snooze, snoozeView, update, updateView } from './update.ts';

const help: Subcommand = {
  name: 'help',
  usage: 'help',
  summary: 'Shows this list.',
  incident: 'none',
  run: async (request, look) => ({ reply: helpReply('/incident', subcommands, `note ${await idForHelp(request, look)} text`) }),
};

const subcommands: readonly Subcommand[] = [
  declare,
  acknowledge,
  assign,
  handoff,
  status,
  summary,
  update,
  notice,
  severity,
  impact,
  type,
  note,
  escalate,
  contacts,
  snooze,
  timeline,
  checklist,
  item,
  items,
  overdue,
  merge,
  resolve,
  cancel,
  reopen,
  close,
  list,
  alerts,
  evidence,
  report,
  postmortem,
  review,
  figures,
  help,
];

export const incident: SlashCommand = {
  name: '/incident',
  description: 'Declare and run an incident',
  usageHint: 'declare [P0-P3] [service] [summary] | ack | update | escalate | resolve | help',
  subcommands,
  actions: {
    'incident.declare': declareForm,
    'incident.ack': acknowledge.run,
    'incident.assign': assign.run,
    'incident.update': update.run,
    'incident.update.post': postDraft,
    'incident.notice': notice.run,
    'incident.notice.sent': noticeSentForm,
    'incident.severity': severity.run,
    'incident.impact': impact.run,
    'incident.status': statusForm,
    'incident.note': note.run,
    'incident.escalate': escalate.run,
    'incident.snooze': snooze.run,
    'incident.timeline': timeline.run,
    'incident.checklist': checklist.run,
    'incident.review': reviewForm,
    'incident.review.done': reviewDone,
    'incident.item.done': itemDone,
    'incident.tick': tickHandler(true),
    'incident.untick': tickHandler(false),
    'incident.resolve': resolve.run,
    'incident.reopen': reopen.run,
    'incident.close': close.run,
    'incident.evidence': evidence.run,
    'incident.home': home,
    'alert.acknowledge': acknowledgeAlert,
    'alert.investigate': investigateAlert,
    'alert.declare': declareFromAlert,
    // The answer to “which incident?”: the command that asked is run again instead (src/slack/receive/dispatch.ts).
    'incident.pick': () => ({}),
  },
  views: {
    'incident.declare': declareView,
    'incident.assign': assignView,
    'incident.handoff': handoffView,
    'incident.update': updateView,
    'incident.notice': noticeView,
    'incident.notice.sent': noticeSentView,
    'incident.severity': severityView,
    'incident.impact': impactView,
    'incident.status': statusView,
    'incident.type': typeView,
    'incident.note': noteView,
    'incident.pin': pinView,
    'incident.escalate': escalateView,
    'incident.snooze': snoozeView,
    'incident.resolve': resolveView,
    'incident.cancel': cancelView,
    'incident.reopen': reopenView,
    'incident.review': reviewView,
  },
  shortcuts: {
    'incident.declare': { name: 'Declare incident', type: 'message', description: 'Declare an incident from this message', run: declareForm },
    'incident.pin': { name: 'Add to timeline', type: 'message', description: 'Put this message on an incident’s timeline', run: pinShortcut },
  },
  reactions: { pushpin: pinReaction },
};
