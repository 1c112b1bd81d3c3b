import type { MAIL_DATA } from '../../../domain/records/data/mail.ts';
import { MAIL } from '../../run-kinds.ts';
import { starting } from '../notice.ts';
import { type NoticesOf, saidInRoom } from './tell.ts';

export const MAIL_NOTICES: NoticesOf<keyof typeof MAIL_DATA> = {
  'mail.due': ({ data }, { incident, key }) => [starting(key('mail'), MAIL.with({ incident: incident.id, ...data }))],
  // Who heard that it does not go out hears that it did.
  'mail.sent': ({ data }, { inRoom }) => (data.late_ms === undefined ? [] : [inRoom('event')]),
  'mail.failed': saidInRoom,
};
