import type { RECURRENCE_DATA } from '../../../domain/records/data/recurrence.ts';
import { type NoticesOf, saidInRoom } from './tell.ts';

export const RECURRENCE_NOTICES: NoticesOf<keyof typeof RECURRENCE_DATA> = {
  'recurrence.seen': (_, { inRoom }) => [inRoom('change')],
  'recurrence.clear': saidInRoom,
  'recurrence.unknown': saidInRoom,
};
