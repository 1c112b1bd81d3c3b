import type { PAGERDUTY_DATA } from '../../../domain/records/data/pagerduty.ts';
import { PAGERDUTY } from '../../run-kinds.ts';
import { type Notice, starting } from '../notice.ts';
import { type NoticesOf, saidInRoom, type Tell } from './tell.ts';

/** The run of a page that was resolved in PagerDuty looks again, and ends. */
function ends(what: string, { incident: { id, pagerduty } }: Tell): readonly Notice[] {
  if (what !== 'resolved' || pagerduty === undefined) return [];
  return [{ kind: 'signal', run: `${id}:pagerduty:${pagerduty.episode}`, name: `due:${pagerduty.nth + 1}`, payload: true }];
}

export const PAGERDUTY_NOTICES: NoticesOf<keyof typeof PAGERDUTY_DATA> = {
  // One run for a page, whoever starts it: after a restored database there is none any more.
  'pagerduty.due': ({ data: { nth, episode } }, { incident }) => {
    const run = `${incident.id}:pagerduty:${episode}`;
    return [
      starting(run, PAGERDUTY.with({ incident: incident.id, episode })),
      ...(nth === episode ? [] : [{ kind: 'signal', run, name: `due:${nth}`, payload: true } as const]),
    ];
  },
  // Who heard that it does not reach PagerDuty hears that it did.
  'pagerduty.sent': ({ data }, { inRoom }) => (data.action === 'trigger' || data.late_ms !== undefined ? [inRoom('event')] : []),
  'pagerduty.failed': saidInRoom,
  'pagerduty.answered': (record, tell) => [...saidInRoom(record, tell), ...ends(record.data.what, tell)],
};
