import { request } from 'node:https';

export interface Answer {
  readonly status: number;
  /** As it came; logs are text. */
  readonly text: string;
  /** Parsed, when it is JSON; else null. */
  readonly body: unknown;
}

export interface Call {
  readonly method?: string;
  readonly token?: string;
  readonly body?: unknown;
  /** `application/json` if not given. */
  readonly contentType?: string;
}

/** One call of the API server, that trusts its authority only. @throws Error when nobody answers. */
export function callApi(server: string, authority: string, path: string, call: Call = {}): Promise<Answer> {
  const content = call.body === undefined ? null : typeof call.body === 'string' ? call.body : JSON.stringify(call.body);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (call.token !== undefined) headers['authorization'] = `Bearer ${call.token}`;
  if (content !== null) headers['content-type'] = call.contentType ?? 'application/json';
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, server), { ca: authority, method: call.method ?? 'GET', headers, agent: false, timeout: 30_000 });
    sent.once('error', reject).once('timeout', () => sent.destroy(new Error(`no answer within 30 s: ${path}`)));
    sent.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.once('error', reject).once('end', () => resolve({ status: response.statusCode ?? 0, text, body: parse(text) }));
    });
    sent.end(content ?? undefined);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
