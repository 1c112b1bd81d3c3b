import { itemTermsOf } from '../../config/items.ts';
import type { Config } from '../../config/load.ts';
import { TrackerError } from '../../ports/tracker.ts';
import { trackerOf } from '../trackers.ts';
import { bad, type Check, good, warning } from './check.ts';

const HOW = 'docs/how-to/track-action-items.md';

/** Whether the action items of each service can become issues, and whether it is heard at once what becomes of them. */
export async function checkTrackers(config: Config): Promise<Check[]> {
  const services = Object.keys(config.file.services).filter((id) => itemTermsOf(config, id) !== null);
  return Promise.all(services.map((id) => checkService(config, id)));
}

async function checkService(config: Config, id: string): Promise<Check> {
  const name = `Action items of ${id}`;
  try {
    const tracker = trackerOf(config, id);
    const { says } = await tracker.check();
    const { TOCSIN_INTAKE_PORT: port, GITHUB_WEBHOOK_SECRET: secret } = config.environment;
    if (tracker.kind === 'github' && (port === undefined || secret === undefined))
      return warning(
        name,
        `${says}; Tocsin sees a closed issue when it looks next, not at once`,
        `Set TOCSIN_INTAKE_PORT and GITHUB_WEBHOOK_SECRET, and let GitHub send issues there: ${HOW}.`,
      );
    return good(name, says);
  } catch (error) {
    const says = error instanceof TrackerError ? error.message : 'the tracker cannot be asked';
    return bad(name, says, `See ${HOW}.`);
  }
}
