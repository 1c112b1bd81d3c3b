import type { ServerResponse } from 'node:http';
import type { OutsideView } from '../outside.ts';
import { sendText } from './reply.ts';

/** What others wrote is drawn without scripts, and loads nothing; its links open elsewhere. */
const POLICY =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/** Serves `outside/mails/ID/html`, `outside/mails/ID/text` and `outside/status/ID`. */
export async function serveOutside(outside: OutsideView, response: ServerResponse, [kind, id = '', form]: readonly string[]): Promise<void> {
  if (kind === 'mails') {
    const mail = outside.mail(id);
    if (form === 'text' && mail !== undefined) return sendText(response, 200, mail.text, { 'x-content-type-options': 'nosniff' });
    if (form === 'html' && mail?.html != null) return sendHtml(response, mail.html);
  }
  const page = kind === 'status' ? await outside.statusPage(id) : undefined;
  if (page === undefined) return sendText(response, 404, 'not found');
  sendHtml(response, page);
}

function sendHtml(response: ServerResponse, html: string): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
  });
  response.end(html.replace(/<head[^>]*>/i, '$&<base target="_blank">'));
}
