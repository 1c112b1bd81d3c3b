import { z } from 'zod';
import { readMark } from '../lib/item-mark.ts';

/** `issues` as far as it is read (docs.github.com: Webhook events and payloads). */
const issuesSchema = z.object({
  action: z.string(),
  issue: z.object({
    id: z.number().int(),
    body: z.string().nullish(),
    state: z.enum(['open', 'closed']),
    updated_at: z.iso.datetime({ offset: true }),
  }),
  sender: z.object({ login: z.string().max(100) }).nullish(),
});

/** That the issue of an action item was closed or reopened. `at`: ms; `id`: the issue's own. */
export const issueNewsSchema = z.object({
  incident: z.string(),
  number: z.number().int(),
  id: z.string(),
  done: z.boolean(),
  by: z.string().nullable(),
  at: z.number(),
});
export type IssueNews = z.output<typeof issueNewsSchema>;

/** What an `issues` event tells of an action item: `null` for one that tells nothing of one; `malformed` when the body is none. */
export function readIssueEvent(text: string): IssueNews | null | 'malformed' {
  const event = parsed(text);
  if (event === null) return 'malformed';
  const { action, issue, sender } = event;
  if (action !== 'closed' && action !== 'reopened') return null;
  const mark = readMark(issue.body ?? '');
  if (mark === null) return null;
  const { incident, number } = mark;
  return { incident, number, id: String(issue.id), done: issue.state === 'closed', by: sender?.login ?? null, at: Date.parse(issue.updated_at) };
}

function parsed(text: string): z.output<typeof issuesSchema> | null {
  try {
    return issuesSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
