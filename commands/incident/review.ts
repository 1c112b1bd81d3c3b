import { note } from '../../blocks/replies.ts';
import { reviewModal } from '../../blocks/review.ts';
import { when as sayWhen } from '../../blocks/text.ts';
import { UserError } from '../../src/domain/errors.ts';
import { typed } from '../../src/lib/echo.ts';
import { isDay, isTimeOfDay, momentIn } from '../../src/lib/zoned.ts';
import { type Answer, ask, type Handler, incidentOf, type LookUp, type Request, type Subcommand, view } from '../command.ts';
import { assertMember, userOf } from '../people.ts';
import { firstWord } from './arguments.ts';
import { postmortem } from './overview.ts';
import { reviewSchema } from './schema.ts';

const USAGE = 'Type `/incident review at 2030-12-03 14:00 @person`: year, month, day, and a time in the time zone of the service.';

export const review: Subcommand = {
  name: 'review',
  usage: 'review [at 2026-12-03 14:00 @person|done]',
  summary: 'Schedules the post-incident review, or says that it was held; alone it posts the post-mortem.',
  incident: 'needed',
  among: 'any',
  run(request, look) {
    const [what, rest] = firstWord(request.text);
    if (what === '') return postmortem.run(request, look);
    if (what.toLowerCase() === 'done') return held(request);
    if (what.toLowerCase() !== 'at') throw new UserError('which-review', `“${typed(what)}” is neither \`at\` nor \`done\`. ${USAGE}`);
    if (rest === '') return reviewForm(request, look);
    return scheduleTyped(request, look, rest);
  },
};

/** The button, and the command without a time. */
export const reviewForm: Handler = (request) => ({ modal: reviewModal(incidentOf(request), request.person.id) });

export const reviewView = view({
  schema: reviewSchema,
  submit: (request, input, look) => schedule(request, look, input.when * 1_000, input.user),
});

export const reviewDone: Handler = (request) => held(request);

function held(request: Request): Answer {
  return ask(request, { type: 'finish-review' }, ([change]) => (change?.records.length === 0 ? note('That it was held is recorded already.') : null));
}

function scheduleTyped(request: Request, look: LookUp, words: string): Promise<Answer> {
  const [day, afterDay] = firstWord(words);
  const [time, afterTime] = firstWord(afterDay);
  const [mentioned] = firstWord(afterTime);
  if (!isDay(day) || !isTimeOfDay(time)) throw new UserError('not-a-date', `“${typed(`${day} ${time}`.trim())}” is not a day and a time. ${USAGE}`);
  const who = mentioned === '' ? request.person.id : userOf(mentioned);
  if (who === null) throw new UserError('no-person', `“${typed(mentioned)}” is not a person here. ${USAGE}`);
  return schedule(request, look, momentIn(incidentOf(request).policy.time_zone, day, time), who);
}

async function schedule(request: Request, look: LookUp, when: number, who: string): Promise<Answer> {
  assertMember(who, (await look.assignee(who, incidentOf(request).service)).standing, 'run a review');
  return ask(request, { type: 'schedule-review', when, who }, ([change]) =>
    change === undefined ? null : note(`The review of *${change.incident.id}* is scheduled for ${sayWhen(when, 'in-sentence')}.`),
  );
}
