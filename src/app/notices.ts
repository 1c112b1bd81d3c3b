import { noticeHtml } from '../../blocks/notice-mail.ts';
import type { Config } from '../config/load.ts';
import { customersOf } from '../config/notices.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import { noticeRuns } from '../engine/notices/runs.ts';
import type { Run } from '../ports/runs.ts';
import type { Store } from '../ports/store.ts';
import { mailServerOf } from './mail.ts';

/** The runs that bring notices to customers, with the places as they are configured. */
export function customerNotices(config: Config, store: Store, incidents: Incidents): readonly Run[] {
  return noticeRuns({
    store,
    incidents,
    server: mailServerOf(config),
    customersOf: (service) => customersOf(config.file, service),
    pageOf: () => null,
    html: noticeHtml,
  });
}
