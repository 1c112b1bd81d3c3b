import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import type { HttpResponse } from '../../ports/cluster.ts';
import { StatusPageError } from '../../ports/status-page.ts';

const refusal = z.object({ error: z.union([z.string(), z.array(z.string())]).catch('') });

/** Why Statuspage did not do what it was asked, with what to change. */
export function refusalOf({ status, body }: Pick<HttpResponse, 'status' | 'body'>, page: string): StatusPageError {
  const said = sayError(body);
  switch (status) {
    case 401:
      return new StatusPageError('refused', 'Statuspage does not accept the key. Correct STATUSPAGE_API_KEY (in Statuspage: your avatar, API info)');
    case 403:
      return new StatusPageError('refused', `this key may not write to the page ${page}. Use a key of somebody who may (STATUSPAGE_API_KEY)`);
    case 404:
      return new StatusPageError('refused', `Statuspage does not know the page ${page} for this key. Correct notices.status_page.page`);
    case 422:
      return new StatusPageError('refused', `Statuspage refuses it${said}. Correct notices.status_page.components, or write a shorter notice`);
    case 420:
    case 429:
      return new StatusPageError('later', 'Statuspage takes one request a second and was asked too often');
    default:
      return new StatusPageError(status >= 500 ? 'away' : 'refused', `Statuspage answered ${status}${said}`);
  }
}

function sayError(body: string): string {
  try {
    const { error } = refusal.parse(JSON.parse(body));
    const text = Array.isArray(error) ? error.join('; ') : error;
    return text === '' ? '' : `: ${clamp(text.replaceAll(/[^\x20-\x7e]+/g, ' '), 160)}`;
  } catch {
    return '';
  }
}
