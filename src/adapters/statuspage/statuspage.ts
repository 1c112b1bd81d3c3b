import { z } from 'zod';
import { gravestOf } from '../../domain/notice/text.ts';
import { SERVICE_STATES, type ServiceState } from '../../domain/records/data/notices.ts';
import { clamp } from '../../lib/clamp.ts';
import { ClusterError } from '../../ports/cluster.ts';
import { type PublicNotice, type StatusPage, StatusPageError } from '../../ports/status-page.ts';
import { requestHttp } from '../http/request.ts';
import { refusalOf } from './errors.ts';

/** How long (ms) Statuspage may take for an answer. */
const PATIENCE = 15_000;
/** The newest incidents of the page are looked through for one that is there already. */
const LOOKED_AT = 100;

export interface StatuspageOptions {
  /** `https://api.statuspage.io`, or what stands in for it. */
  readonly address: string;
  readonly key: string;
  /** The page's id. */
  readonly page: string;
  /** Ids of the components that an incident is about. */
  readonly components: readonly string[];
  /** What tells this installation from others that publish on the same page. */
  readonly installation: () => Promise<string>;
}

/** What Statuspage calls an incident that is not over. */
const OPEN: ReadonlySet<string> = new Set(['investigating', 'identified', 'monitoring']);

const mark = z.object({
  incident: z.string(),
  /** Which Tocsin wrote it; a release before did not say. */
  installation: z.string().optional(),
  notice: z.string(),
  /** How well the service works because of it. A release before wrote none: it is open, so at least this. */
  state: z.enum(SERVICE_STATES).catch('degraded_performance'),
});
const shown = z.object({
  id: z.string(),
  shortlink: z.string().nullish(),
  status: z.string().nullish().catch(null),
  components: z
    .array(z.object({ id: z.string() }))
    .nullish()
    .catch(null),
  /** What Tocsin has left there: which incident it is, the newest notice of it, and how well the service works. */
  metadata: z
    .object({ tocsin: mark.optional().catch(undefined) })
    .nullish()
    .catch(null),
});
const list = z.array(shown);
const components = z.array(z.object({ id: z.string() }));

/** How well a component works, by what else Tocsin has said of it that is not over. */
function statesOf(component: string, others: readonly z.output<typeof shown>[]): readonly ServiceState[] {
  return others.flatMap(({ status, components: about, metadata }) =>
    OPEN.has(status ?? '') && about?.some(({ id }) => id === component) === true ? (metadata?.tocsin?.state ?? []) : [],
  );
}

/** Whether an entry is the one of an incident of ours; one that does not say whose it is counts as such. */
function isOurs(tocsin: z.output<typeof mark> | undefined, incident: string, installation: string): boolean {
  return tocsin?.incident === incident && (tocsin.installation ?? installation) === installation;
}

/**
 * A page of Atlassian Statuspage, by its API v1. Each incident is one of the page's; what was written carries the notice's id in the same request, so it is
 * looked for that before anything is written again: a notice whose answer was lost is there once.
 */
export function statuspage({ address, key, page, components: affected, installation }: StatuspageOptions): StatusPage {
  async function ask<T>(method: 'GET' | 'POST' | 'PATCH', path: string, schema: z.ZodType<T>, body?: object): Promise<T> {
    const headers = {
      authorization: `OAuth ${key}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const request = { method, path: `/v1/pages/${encodeURIComponent(page)}${path}`, headers, timeoutMs: PATIENCE };
    try {
      const answer = await requestHttp(address, body === undefined ? request : { ...request, body: JSON.stringify(body) });
      if (answer.status < 200 || answer.status > 299) throw refusalOf(answer, page);
      return schema.parse(JSON.parse(answer.body));
    } catch (error) {
      if (error instanceof StatusPageError) throw error;
      if (error instanceof ClusterError) {
        const says =
          error.reason === 'uncertain'
            ? 'the answer of Statuspage was lost, and it is looked at first'
            : `Statuspage cannot be reached: ${error.message.replace(/\.$/, '')}`;
        throw new StatusPageError('away', says, { cause: error });
      }
      throw new StatusPageError('away', 'Statuspage gave an answer that its API does not have', { cause: error });
    }
  }

  /** What is written: all of it in one request, its mark too. A component that another incident is about works no better than that one says. */
  function contentOf(
    { incident, notice, subject, text, status, state }: PublicNotice,
    own: string,
    others: readonly z.output<typeof shown>[],
  ): object {
    const states = Object.fromEntries(affected.map((id) => [id, gravestOf([state, ...statesOf(id, others)])]));
    return {
      incident: {
        name: clamp(subject, 255),
        status,
        body: text,
        ...(affected.length === 0 ? {} : { component_ids: affected, components: states }),
        metadata: { tocsin: { incident, installation: own, notice, state } },
      },
    };
  }

  return {
    async publish(notice) {
      const newest = await ask('GET', `/incidents?limit=${LOOKED_AT}`, list);
      const own = await installation();
      const there = newest.find(({ metadata }) => isOurs(metadata?.tocsin, notice.incident, own));
      if (there?.metadata?.tocsin?.notice === notice.notice) return { url: there.shortlink ?? null };
      const content = contentOf(
        notice,
        own,
        newest.filter((one) => one !== there),
      );
      const written =
        there === undefined
          ? await ask('POST', '/incidents', shown, content)
          : await ask('PATCH', `/incidents/${encodeURIComponent(there.id)}`, shown, content);
      return { url: written.shortlink ?? null };
    },
    async verify() {
      const known = new Set((await ask('GET', '/components', components)).map(({ id }) => id));
      const unknown = affected.filter((id) => !known.has(id));
      if (unknown.length > 0)
        throw new StatusPageError('refused', `the page has no component ${unknown.join(', ')}. Correct notices.status_page.components`);
    },
  };
}
