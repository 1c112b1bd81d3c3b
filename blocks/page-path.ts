import { sayDuration } from '../src/lib/time.ts';
import { actions, button, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';

/** The message of the week to whoever is on call: about nothing, by day, and to be confirmed. `at`: which week. */
export function pathQuestion(service: { readonly id: string; readonly name: string }, at: string, withinMs: number): Message {
  const name = safe(service.name);
  return message(`A test of how you are paged for ${name}: press “I got it”.`, [
    section(
      `:test_tube: *This is a test, and nothing has happened.* A page of *${name}* comes to you like this message. Press the button within ${sayDuration(withinMs)}, so that your team knows that you see it.`,
    ),
    actions('page-path', [button('I got it', 'page-path.confirm', `${service.id}:${at}`, { style: 'primary' })]),
  ]);
}

/** What stands there once it is confirmed. */
export function pathConfirmed(): Message {
  return message('Thank you: a page reaches you.', [section(':white_check_mark: Thank you: a page reaches you. The next test is in a week.')]);
}
