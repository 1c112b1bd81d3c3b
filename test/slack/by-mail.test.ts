import { expect, test } from '@jest/globals';
import type { WebClient } from '@slack/web-api';
import { createByMail } from '../../src/slack/by-mail.ts';

const MINUTE = 60_000;

/** A workspace that knows one address, and how often it was asked. */
function asked(): { readonly client: WebClient; readonly questions: string[] } {
  const questions: string[] = [];
  const lookupByEmail = async ({ email }: { readonly email: string }) => {
    questions.push(email);
    if (email === 'ada@example.com') return { ok: true, user: { id: 'U0ADA' } };
    throw Object.assign(new Error('An API error occurred: users_not_found'), {
      code: 'slack_webapi_platform_error',
      data: { ok: false, error: 'users_not_found' },
    });
  };
  return { client: { users: { lookupByEmail } } as unknown as WebClient, questions };
}

test('who is behind an address is believed for an hour, and nobody for longer than until a rota is read next', async () => {
  const { client, questions } = asked();
  let now = 0;
  const byMail = createByMail(client, () => now);
  const askBoth = async () => [await byMail('ada@example.com'), await byMail('nobody@example.com')];
  expect(await askBoth()).toEqual(['U0ADA', null]);
  now = 10 * MINUTE;
  expect(await askBoth()).toEqual(['U0ADA', null]);
  expect(questions).toHaveLength(2);
  now = 20 * MINUTE;
  await askBoth();
  expect(questions.slice(2)).toEqual(['nobody@example.com']);
  now = 90 * MINUTE;
  await askBoth();
  expect(questions.slice(3)).toEqual(['ada@example.com', 'nobody@example.com']);
});
