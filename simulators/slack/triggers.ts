import type { Clock } from './clock.ts';
import { secretId } from './ids.ts';
import { SlackError } from './slack-error.ts';

/** docs.slack.dev/interactivity/handling-user-interaction: a trigger id lives three seconds and works once. */
const lifetimeMs = 3000;

/** What a person's action lets the app do for a moment: open a view in front of that person. */
interface Trigger {
  user: string;
  channel?: string | undefined;
  /** The modal in which the person acted; `views.push` needs one. */
  view?: string | undefined;
}

export interface Triggers {
  issue(trigger: Trigger): string;
  /** Gives what was issued, once. Throws `invalid_trigger_id`, `expired_trigger_id` or `exchanged_trigger_id`. */
  exchange(id: string): Trigger;
}

export function createTriggers(clock: Clock): Triggers {
  const issued = new Map<string, Trigger & { at: number; used: boolean }>();
  return {
    issue(trigger) {
      const id = `${Math.floor(clock.now())}.${secretId()}`;
      issued.set(id, { ...trigger, at: clock.now(), used: false });
      return id;
    },
    exchange(id) {
      const found = issued.get(id);
      if (found === undefined) throw new SlackError('invalid_trigger_id');
      if (found.used) throw new SlackError('exchanged_trigger_id');
      if (clock.now() - found.at > lifetimeMs) throw new SlackError('expired_trigger_id');
      found.used = true;
      return found;
    },
  };
}
