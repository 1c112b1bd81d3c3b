import { pathConfirmed } from '../../blocks/page-path.ts';
import { UserError } from '../../src/domain/errors.ts';
import { PAGE_PATH_CONFIRM } from '../../src/engine/run-kinds.ts';
import type { Handler } from '../command.ts';

/** The button of the week’s test message: whoever presses it has seen it. Whether they were asked, the run looks. */
export const confirmPath: Handler = (request) => {
  const [, service, at] = /^([a-z][a-z0-9-]{0,39}):(\d{4}-\d\d-\d\dT[\d:.]+Z)$/.exec(request.value ?? '') ?? [];
  if (service === undefined || at === undefined)
    throw new UserError('unknown-action', 'That button belongs to another version of Tocsin. The next test message is a week later.');
  return { run: PAGE_PATH_CONFIRM.with({ service, at, user: request.person.id }), reply: pathConfirmed(), replaces: true };
};
