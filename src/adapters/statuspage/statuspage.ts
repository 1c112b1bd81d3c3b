import { z } from 'zod';
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
}

const mark = z.object({ incident: z.string(), notice: z.string() });
const shown = z.object({
  id: z.string(),
  shortlink: z.string().nullish(),
  /** What Tocsin has left there: which incident it is, and the newest notice of it. */
  metadata: z
    .object({ tocsin: mark.optional().catch(undefined) })
    .nullish()
    .catch(null),
});
const list = z.array(shown);
const components = z.array(z.object({ id: z.string() }));

/**
 * A page of Atlassian Statuspage, by its API v1. Each incident is one of the page's; what was written carries the notice's id in the same request, so it is
 * looked for that before anything is written again: a notice whose answer was lost is there once.
 */
export function statuspage({ address, key, page, components: affected }: StatuspageOptions): StatusPage {
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
      throw new StatusPageError('away', 'Statuspage answered what its API does not say', { cause: error });
    }
  }

  /** What is written: all of it in one request, its mark too. */
  function contentOf({ incident, notice, subject, text, status, state }: PublicNotice): object {
    const states = Object.fromEntries(affected.map((id) => [id, state]));
    return {
      incident: {
        name: clamp(subject, 255),
        status,
        body: text,
        ...(affected.length === 0 ? {} : { component_ids: affected, components: states }),
        metadata: { tocsin: { incident, notice } },
      },
    };
  }

  return {
    async publish(notice) {
      const there = (await ask('GET', `/incidents?limit=${LOOKED_AT}`, list)).find(({ metadata }) => metadata?.tocsin?.incident === notice.incident);
      if (there?.metadata?.tocsin?.notice === notice.notice) return { url: there.shortlink ?? null };
      const written =
        there === undefined
          ? await ask('POST', '/incidents', shown, contentOf(notice))
          : await ask('PATCH', `/incidents/${encodeURIComponent(there.id)}`, shown, contentOf(notice));
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
