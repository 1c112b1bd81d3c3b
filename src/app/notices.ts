import { noticeHtml } from '../../blocks/notice-mail.ts';
import { bucketFiles } from '../adapters/status-files/bucket.ts';
import { directoryFiles } from '../adapters/status-files/directory.ts';
import { type PageFiles, statusFiles } from '../adapters/status-files/publish.ts';
import { statuspage } from '../adapters/statuspage/statuspage.ts';
import type { Config } from '../config/load.ts';
import { customersOf } from '../config/notices.ts';
import type { Environment } from '../config/schema.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import { noticeRuns } from '../engine/notices/runs.ts';
import { own } from '../lib/own.ts';
import type { Run } from '../ports/runs.ts';
import { type StatusPage, StatusPageError } from '../ports/status-page.ts';
import type { Store } from '../ports/store.ts';
import { openPageBucket } from './evidence-store.ts';
import { installationOf } from './installation.ts';
import { mailServerOf } from './mail.ts';

/** The runs that bring notices to customers, with the places as they are configured. */
export function customerNotices(config: Config, store: Store, incidents: Incidents): readonly Run[] {
  const installation = installationOf(store);
  return noticeRuns({
    store,
    incidents,
    server: mailServerOf(config),
    customersOf: (service) => customersOf(config.file, service),
    pageOf: (service) => statusPageOf(config, service, installation),
    installation,
    html: noticeHtml,
  });
}

/** The status page of a service; `null` where it has none. @throws StatusPageError where it cannot be used as it is configured */
export function statusPageOf({ environment, file }: Config, id: string, installation: () => Promise<string>): StatusPage | null {
  const service = own(file.services, id);
  const page = service?.notices?.status_page;
  if (service === undefined || page === undefined) return null;
  if (page.kind === 'files') {
    const terms = { name: service.notices?.name ?? service.name, url: page.url ?? null };
    return statusFiles('directory' in page ? directoryFiles(page.directory) : bucketPage(page.s3, environment), terms);
  }
  const { STATUSPAGE_API_KEY: key, STATUSPAGE_API_URL: address } = environment;
  if (key === undefined) throw new StatusPageError('refused', 'there is no key for Statuspage. Set STATUSPAGE_API_KEY');
  return statuspage({ address, key, page: page.page, components: page.components, installation });
}

function bucketPage(bucket: Parameters<typeof openPageBucket>[0], environment: Environment): PageFiles {
  return bucketFiles(`s3://${bucket.bucket}/${bucket.prefix}`, () => openPageBucket(bucket, environment));
}
