import { setTimeout as pause } from 'node:timers/promises';
import { DEMO } from '../../demo/workspace.ts';
import type { SlackSimulator } from '../../simulators/slack/index.ts';
import type { Outcome } from '../../simulators/slack/person.ts';
import type { SaidNote } from './judge.ts';

/** Somebody who works all the time, bot or no bot. */
export interface People {
  /** What they noted, and whether it was acknowledged. */
  readonly notes: readonly SaidNote[];
  /** Lets them end what they began: the incident at hand is resolved and closed. */
  stop(): Promise<void>;
}

/** Whether the bot took what somebody typed: an acknowledgement that carries a text says why it did not. */
function isTaken({ status, ack }: Outcome): boolean {
  return status === 'ok' && (ack === undefined || Object.keys(ack).length === 0);
}

/** Declares incidents, acknowledges, notes, posts updates, moves the clock, resolves and closes, one incident after another. */
export function startPeople(slack: SlackSimulator, random: () => number): People {
  const notes: SaidNote[] = [];
  let working = true;
  const work = workOn();

  async function workOn(): Promise<void> {
    const ada = slack.as('U0ADA');
    let count = 0;
    while (working) {
      await ada.command(DEMO.incidents, '/incident', `declare P${1 + Math.floor(random() * 3)} aureus Chaos ${count}`);
      const room = await newestRoom();
      for (let i = 0; i < 8 && working && room !== null; i++) {
        const step = Math.floor(random() * 7);
        if (step === 0) await ada.command(room, '/incident', 'ack');
        else if (step === 1) slack.clock.advance(Math.floor(random() * 35) * 60_000);
        else if (step === 2) await ada.command(room, '/incident', `update situation ${count}`);
        else {
          const text = `note number ${count++}`;
          const outcome = await ada.command(room, '/incident', `note ${text}`);
          const acked = isTaken(outcome);
          notes.push({ text, acked, denied: !acked && JSON.stringify(outcome.ack ?? '').includes('nothing was done') });
          // Nobody types at a bot that is away as fast as at one that answers.
          if (!acked) await pause(300);
        }
        await pause(50 + random() * 150);
      }
      if (room !== null) {
        await insist(room, 'resolve it is over');
        await insist(room, 'close');
      }
      count++;
    }
  }

  /** Says it until the bot takes it, as somebody would who wants to go home. */
  async function insist(room: string, text: string): Promise<void> {
    for (let i = 0; i < 30; i++) {
      if (isTaken(await slack.as('U0ADA').command(room, '/incident', text))) return;
      await pause(300);
    }
  }

  async function newestRoom(): Promise<string | null> {
    for (let i = 0; i < 20; i++) {
      const room = slack.channels().findLast(({ members, name }) => name.startsWith('inc-') && members.includes('U0ADA'));
      if (room !== undefined) return room.id;
      await pause(100);
    }
    return null;
  }

  return {
    notes,
    async stop() {
      working = false;
      await work;
    },
  };
}
