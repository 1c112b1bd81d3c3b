import { note } from '../../blocks/replies.ts';
import { UserError } from '../../src/domain/errors.ts';
import { FIGURES } from '../../src/engine/run-kinds.ts';
import { typed } from '../../src/lib/echo.ts';
import { plural } from '../../src/lib/plural.ts';
import type { Subcommand } from '../command.ts';
import { serviceNamed } from '../names.ts';

const DEFAULT_DAYS = 30;
/** A year, with the day that some years have more. */
const MOST_DAYS = 366;
const DAYS_IN: Readonly<Record<string, number>> = { d: 1, w: 7 };

export const figures: Subcommand = {
  name: 'figures',
  usage: 'figures [30d] [service]',
  summary: 'Sends you the figures of the last days beside those before: how many, how fast, what was late; with a chart and a table.',
  incident: 'none',
  run(request, look) {
    const words = request.text.split(/\s+/).filter((word) => word !== '');
    const lengths = words.filter((word) => /^\d/.test(word));
    const named = words.filter((word) => !/^\d/.test(word)).join(' ');
    if (lengths.length > 1) throw noDays(lengths.join(' '));
    const days = lengths[0] === undefined ? DEFAULT_DAYS : daysOf(lengths[0]);
    const service = named === '' ? null : serviceNamed(named, look);
    const of = service === null ? '' : ` of ${look.services.find(({ id }) => id === service)?.name ?? service}`;
    return {
      run: FIGURES.with({ to: { kind: 'person', user: request.person.id }, before: request.now, days, service }),
      reply: note(`The figures${of} of the last ${plural(days, 'day')} follow in a direct message.`),
    };
  },
};

/** `30d` or `4w` in days. @throws UserError */
function daysOf(word: string): number {
  const [, count = '', unit = ''] = /^(\d{1,4})([dw])$/i.exec(word) ?? [];
  const days = Number(count) * (DAYS_IN[unit.toLowerCase()] ?? 0);
  if (days < 1 || days > MOST_DAYS) throw noDays(word);
  return days;
}

function noDays(word: string): UserError {
  return new UserError('no-period', `“${typed(word)}” is no period. Name days or weeks, up to ${MOST_DAYS} days, such as \`30d\` or \`4w\`.`);
}
