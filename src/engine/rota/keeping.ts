import { REPLY_MESSAGE } from '../../domain/messages/messages.ts';
import { onCall } from '../../domain/rota/on-call.ts';
import { isListed } from '../../domain/rota/rota.ts';
import { saySlackError } from '../../domain/slack-error-words.ts';
import { SYSTEM_STREAM } from '../../domain/streams.ts';
import { own } from '../../lib/own.ts';
import { TYPED } from '../../lib/typed.ts';
import type { Run, RunContext } from '../../ports/runs.ts';
import type { Store } from '../../ports/store.ts';
import { sendMessage } from '../incidents/incidents.ts';
import { plainMessage } from '../reach/plain.ts';
import { ROTA_KEEP } from '../run-kinds.ts';
import type { RotaBook } from './rotas.ts';

/** What in Slack says who is on call. A refusal is an answer (its code, `null` when it is done); what may pass is thrown. */
export interface OnCallSigns {
  /** The part of a channel's topic that is about a rota; `user` is `null` where nobody is on call. */
  topic(channel: string, rota: string, user: string | null): Promise<string | null>;
  /** The members of a user group: this person alone. */
  group(usergroup: string, user: string): Promise<string | null>;
}

/** What is kept in step with a rota: topics of channels and a user group. */
export interface Kept {
  readonly topics: readonly string[];
  readonly usergroup: string | null;
}

/** What Slack keeps refusing is said again in the next one, ms. */
const WEEK = 7 * 24 * 60 * 60_000;

export interface KeepingDeps {
  readonly store: Store;
  readonly book: RotaBook;
  readonly signs: OnCallSigns;
  readonly keptOf: (rota: string) => Kept;
  readonly channelsOf: (rota: string) => readonly string[];
}

/** Brings what says who is on call up to date. What Slack refuses is said in the channel of the hand-overs, once a week. */
export function keepRun({ store, book, signs, keptOf, channelsOf }: KeepingDeps): Run {
  return ROTA_KEEP.does(async (run, { rota: id }) => {
    const { topics, usergroup } = keptOf(id);
    for (const channel of topics)
      await keep(run, id, `topic:${channel}`, `the topic of <#${channel}>`, (user, name) => signs.topic(channel, name, user));
    // Slack knows no group without members: while nobody is on call, whoever was stays in it.
    if (usergroup !== null)
      await keep(run, id, 'group', `<!subteam^${usergroup}>`, async (user) => (user === null ? null : signs.group(usergroup, user)));
  });

  async function keep(
    run: RunContext,
    id: string,
    step: string,
    what: string,
    change: (user: string | null, name: string) => Promise<string | null>,
  ): Promise<void> {
    // Whoever is on call when it is done: a run that had to wait does not bring back who was.
    const refused = await run.step(step, async () => {
      const { rotas, swaps } = await book.look();
      const rota = own(rotas, id);
      if (rota === undefined || (isListed(rota) && rota.list === null)) return null;
      return change(onCall(rota, swaps, await store.now()).user, rota.name);
    });
    if (refused === null) return;
    const text = `:warning: Slack does not let Tocsin keep ${what} in step with the rota \`${id}\`: ${saySlackError(refused)}. Pages do not depend on it. \`${TYPED} doctor\` says what is missing.`;
    await run.write(`say:${step}`, async (tx) => {
      const week = Math.floor((await tx.now()) / WEEK);
      for (const channel of channelsOf(id)) {
        const key = `rota-keep:${id}:${step}:${refused}:${channel}:${week}`;
        const to = { kind: 'channel', channel };
        await sendMessage(tx, { key, stream: SYSTEM_STREAM, seq: 0, lane: channel, to, ...REPLY_MESSAGE.with(plainMessage(text)) });
      }
      return refused;
    });
  }
}
