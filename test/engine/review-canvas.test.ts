import { describe, expect, test } from '@jest/globals';
import type { DrillTerms } from '../../src/domain/drill/drill.ts';
import { event } from '../../src/domain/incident/deciding.ts';
import type { Incident } from '../../src/domain/incident/incident.ts';
import type { IncidentPolicy } from '../../src/domain/policy.ts';
import type { Change, Incidents } from '../../src/engine/incidents/incidents.ts';
import type { ServiceChannels } from '../../src/engine/incidents/notice.ts';
import { noticesOf } from '../../src/engine/incidents/notices.ts';
import { reviewAccessRun } from '../../src/engine/reach/review-access.ts';
import { type ReviewCanvasDeps, reviewCanvasRun } from '../../src/engine/reach/review-canvas.ts';
import { REVIEW_ACCESS, REVIEW_CANVAS } from '../../src/engine/run-kinds.ts';
import { RetryLater } from '../../src/ports/queue.ts';
import type { StoreTx } from '../../src/ports/store.ts';
import { declared, type Life, MINUTE, policy } from '../domain/helpers/incidents.ts';
import { beginIn, Journal } from './helpers/journal.ts';

const ID = 'INC-2026-0001';
const ROOM = 'C0ROOM';
const HOUR = 60 * MINUTE;
const WITHIN = { P0: { ms: 48 * HOUR }, P1: { ms: 48 * HOUR }, P2: { ms: 48 * HOUR }, P3: null };
const CHANNELS: ServiceChannels = { incidents: 'C0INC', updates: 'C0OPS', room: 'channel', canvas: true };

const DRILL: DrillTerms = {
  form: 'tabletop',
  runbook: 'aureus/policy-engine-failure',
  runbook_title: 'Policy engine failure',
  revision: 'a'.repeat(64),
  simulated: false,
  questions: [],
  within: { diagnose_ms: 10 * MINUTE, ask_ms: 20 * MINUTE, approve_ms: 30 * MINUTE },
  sign_off: 'incident-commander',
};

/** An incident, and a Slack that remembers its canvases. */
class Reviewed {
  readonly life: Life;
  readonly canvases: { readonly channel: string; readonly title: string; readonly markdown: string; readonly mark: string }[] = [];
  readonly opened: string[] = [];
  /** Messages that share its link. */
  readonly linked: string[] = [];
  /** How Slack answers the next tries; `lost`: it makes the canvas, and nobody hears of it. */
  readonly answers: string[] = [];
  access: string | null = null;
  wrong: string | null = null;
  isOn = true;
  readonly #journals = new Map<string, Journal>();

  constructor(severity: 'P1' | 'P2' | 'P3' = 'P1', more: { private?: boolean; policy?: IncidentPolicy } = {}) {
    this.life = declared(severity, { policy: { ...policy, review_within: WITHIN }, ...more });
    this.enter();
  }

  enter(channel = ROOM, threadTs: string | null = null): void {
    this.life.give({ at: this.life.at, by: null, ask: { type: 'room-created', channel, threadTs } });
  }

  over(): this {
    this.life.ask({ type: 'resolve', summary: 'x' });
    this.life.ask({ type: 'close' });
    return this;
  }

  /** What follows from the newest record. */
  notices(channels: ServiceChannels = CHANNELS, more: Pick<Incident, 'drill'> = {}) {
    const { incident, records } = this.life;
    const record = records.at(-1);
    return record === undefined ? [] : noticesOf(record, { ...incident, ...more }, channels);
  }

  /** The runs that the newest record begins. */
  runs(channels?: ServiceChannels, more?: Pick<Incident, 'drill'>): string[] {
    return this.notices(channels, more).flatMap((notice) => (notice.kind === 'run' && notice.run === REVIEW_CANVAS.kind ? [notice.id] : []));
  }

  /** The runs that it begins by which another channel may write. */
  accessRuns(): string[] {
    return this.notices().flatMap((notice) => (notice.kind === 'run' && notice.run === REVIEW_ACCESS.kind ? [notice.id] : []));
  }

  /** Works on such a run. */
  give(channel: string, diesBefore?: number): Promise<string> {
    const begin = () => {
      const [undo, linked] = [beginIn(this.life)(), this.linked.length];
      return () => {
        undo();
        this.linked.length = linked;
      };
    };
    const tx: Partial<StoreTx> = {
      addMessage: async ({ to, data }) => void this.linked.push(JSON.stringify({ to, data })),
      enqueue: async () => undefined,
    };
    const journal = this.#journals.get(channel) ?? new Journal({ begin, tx, pass: (ms) => this.#pass(ms) });
    this.#journals.set(channel, journal);
    return journal.run((context) => reviewAccessRun(this.#deps()).flow(context, { incident: ID, channel }), diesBefore);
  }

  /** What the room is told of the newest record. */
  said(): string[] {
    return this.notices().flatMap((notice) => (notice.kind === 'message' ? [notice.template] : []));
  }

  /** Works on a run, dying before the n-th note of what it did. */
  work(id: string, diesBefore?: number): Promise<string> {
    const journal = this.#journals.get(id) ?? new Journal({ begin: beginIn(this.life), pass: (ms) => this.#pass(ms) });
    this.#journals.set(id, journal);
    return journal.run((context) => reviewCanvasRun(this.#deps()).flow(context, { incident: ID }), diesBefore);
  }

  told(): object[] {
    return this.life.records
      .filter(({ type }) => /^review\.((un)?drafted|opened)$/.test(type))
      .map(({ type, data, outcome }) => ({ type, data, outcome }));
  }

  #pass(ms: number): void {
    this.life.at += ms;
  }

  #deps(): ReviewCanvasDeps {
    return {
      incidents: {
        find: async () => this.life.incident,
        tell: async (_tx, _id, ask): Promise<Change> => {
          this.life.give({ at: this.life.at, by: null, ask });
          return { id: ID, incident: this.life.incident, records: [] };
        },
      } as Partial<Incidents> as Incidents,
      workspace: { standing: async (_channel, isPrivate) => (isPrivate ? this.wrong : null) },
      channelsOf: () => ({ ...CHANNELS, canvas: this.isOn }),
      drawReview: async ({ seq }: Incident) => `the paper of ${seq} records`,
      reviewCanvases: {
        draft: async (channel, title, markdown, mark) => {
          const mine = this.canvases.findIndex((one) => one.channel === channel && one.mark === mark);
          const answer = mine >= 0 ? 'made' : (this.answers.shift() ?? 'made');
          if (answer !== 'made' && answer !== 'lost') return { error: answer };
          const at = mine >= 0 ? mine : this.canvases.push({ channel, title, markdown, mark }) - 1;
          if (answer === 'lost') throw new RetryLater(1_000);
          return { canvas: `F0${at}`, link: `https://acme.slack.com/docs/T0/F0${at}` };
        },
        open: async (canvas, channel) => {
          this.opened.push(`${canvas} ${channel}`);
          return this.access;
        },
      },
    };
  }
}

const DRAFTED = { type: 'review.drafted', outcome: 'done', data: { channel: ROOM, canvas: 'F00', link: 'https://acme.slack.com/docs/T0/F00' } };

describe('[AU-09] [SK-72] the canvas of a review', () => {
  test('is made when the incident is closed, by a run of its own, of all that was recorded until then', async () => {
    const reviewed = new Reviewed().over();
    expect(reviewed.runs()).toEqual([`${ID}:review-canvas:0`]);
    const { seq } = reviewed.life.incident;
    expect(await reviewed.work('run')).toBe('ended');
    expect(reviewed.canvases).toMatchObject([{ channel: ROOM, title: `${ID} post-incident review: draft`, markdown: `the paper of ${seq} records` }]);
    expect(reviewed.opened).toEqual([`F00 ${ROOM}`]);
    expect(reviewed.told()).toEqual([DRAFTED]);
  });

  test('is one, however often its run dies, at any step', async () => {
    for (let step = 1; step <= 5; step += 1) {
      const reviewed = new Reviewed().over();
      const died = await reviewed.work('run', step);
      expect([step, died]).toEqual([step, step <= 4 ? 'died' : 'ended']);
      if (died === 'died') expect(reviewed.told()).toEqual([]);
      expect(await reviewed.work('run')).toBe('ended');
      expect([step, reviewed.canvases.length]).toEqual([step, 1]);
      expect(reviewed.told()).toEqual([DRAFTED]);
    }
  });

  test('whose answer was lost is found again', async () => {
    const reviewed = new Reviewed().over();
    reviewed.answers.push('lost');
    expect(await reviewed.work('run')).toBe('ended');
    expect(reviewed.canvases).toHaveLength(1);
    expect(reviewed.told()).toEqual([DRAFTED]);
  });

  test.each([
    'canvas_disabled_user_team',
    'free_team_canvas_tab_already_exists',
    'free_teams_cannot_create_non_tabbed_canvases',
    'free_teams_cannot_create_standalone_canvases',
    'restricted_action',
  ])('that Slack does not make (%s) is recorded once, tried no more, and the room is not told', async (error) => {
    const reviewed = new Reviewed().over();
    reviewed.answers.push(error);
    expect(await reviewed.work('run')).toBe('ended');
    expect(reviewed.told()).toEqual([{ type: 'review.undrafted', outcome: 'failed', data: { channel: ROOM, error } }]);
    expect(reviewed.said()).toEqual([]);
    reviewed.life.ask({ type: 'reopen', reason: 'again' });
    reviewed.over();
    expect(reviewed.runs()).toEqual([]);
  });

  const undrafted = (error: string) => ({ type: 'review.undrafted', outcome: 'failed', data: { channel: ROOM, error } });

  test('that lacked a scope is tried again whenever the review comes up, until it is there', async () => {
    const reviewed = new Reviewed('P2').over();
    reviewed.answers.push('missing_scope', 'missing_scope', 'missing_scope');
    await reviewed.work('run');
    expect(reviewed.told()).toEqual([undrafted('missing_scope')]);
    expect([reviewed.runs(), reviewed.said()]).toEqual([[], []]);
    reviewed.life.fireUntil(reviewed.life.at + 25 * HOUR);
    expect(reviewed.life.records.at(-1)?.type).toBe('review.reminded');
    expect(reviewed.runs()).toEqual([`${ID}:review-canvas:0:1`]);
    await reviewed.work('1');
    reviewed.life.ask({ type: 'schedule-review', when: reviewed.life.at + HOUR, who: 'U0GRACE' });
    expect(reviewed.runs()).toEqual([`${ID}:review-canvas:0:2`]);
    await reviewed.work('2');
    reviewed.life.ask({ type: 'reopen', reason: 'again' });
    reviewed.over();
    expect(reviewed.runs()).toEqual([`${ID}:review-canvas:1:3`]);
    await reviewed.work('3');
    expect(reviewed.told()).toEqual([...Array.from({ length: 3 }, () => undrafted('missing_scope')), DRAFTED]);
    expect(reviewed.canvases).toHaveLength(1);
    reviewed.life.ask({ type: 'schedule-review', when: reviewed.life.at + HOUR, who: 'U0GRACE' });
    expect(reviewed.runs()).toEqual([]);
  });

  test('that lacked a scope is tried again once for each refusal, wherever its run dies, and no refusal for good is tried again', async () => {
    for (let step = 1; step <= 4; step += 1) {
      const reviewed = new Reviewed().over();
      reviewed.answers.push('missing_scope');
      await reviewed.work('run');
      await reviewed.work('again', step);
      await reviewed.work('again');
      expect(reviewed.told()).toEqual([undrafted('missing_scope'), DRAFTED]);
      expect([reviewed.canvases.length, reviewed.opened.at(-1)]).toEqual([1, `F00 ${ROOM}`]);
    }
    const final = new Reviewed().over();
    final.answers.push('missing_scope', 'restricted_action');
    await final.work('run');
    await final.work('again');
    final.life.ask({ type: 'schedule-review', when: final.life.at + HOUR, who: 'U0GRACE' });
    expect(final.runs()).toEqual([]);
    await final.work('a third');
    expect(final.told()).toEqual([undrafted('missing_scope'), undrafted('restricted_action')]);
  });

  test('may be written by the new room too when the incident gets another one, and who reads the timeline sees that', async () => {
    for (let step = 0; step <= 5; step += 1) {
      const reviewed = new Reviewed().over();
      await reviewed.work('run');
      reviewed.life.give({ at: reviewed.life.at, by: null, ask: { type: 'room-lost', channel: ROOM, reason: 'is_archived' } });
      expect(reviewed.accessRuns()).toEqual([]);
      reviewed.enter('C0NEXT');
      expect(reviewed.accessRuns()).toHaveLength(1);
      if (step > 0) await reviewed.give('C0NEXT', step);
      await reviewed.give('C0NEXT');
      expect(reviewed.linked).toEqual([expect.stringMatching(/"channel":"C0NEXT".*https:\/\/acme\.slack\.com\/docs\/T0\/F00\|a canvas/)]);
      expect(new Set(reviewed.opened)).toEqual(new Set([`F00 ${ROOM}`, 'F00 C0NEXT']));
      expect(reviewed.told()).toEqual([DRAFTED, { type: 'review.opened', outcome: 'done', data: { channel: 'C0NEXT' } }]);
      expect(reviewed.said()).toEqual([]);
      // Back in the first one, which has the right.
      reviewed.life.give({ at: reviewed.life.at, by: null, ask: { type: 'room-lost', channel: 'C0NEXT', reason: 'is_archived' } });
      reviewed.enter(ROOM);
      expect(reviewed.accessRuns()).toEqual([]);
    }
  });

  test('is given to no thread, to no channel that the incident has left, and of a private incident to none that others may read', async () => {
    const moved = (more: { private?: boolean } = {}) => {
      const reviewed = new Reviewed('P1', more).over();
      return {
        reviewed,
        move: (channel: string, thread: string | null = null) => {
          reviewed.life.give({ at: reviewed.life.at, by: null, ask: { type: 'room-lost', channel: ROOM, reason: 'is_archived' } });
          reviewed.enter(channel, thread);
        },
      };
    };
    const thread = moved();
    await thread.reviewed.work('run');
    thread.move('C0INC', '1.1');
    expect(thread.reviewed.accessRuns()).toEqual([]);
    await thread.reviewed.give('C0INC');
    const open = moved({ private: true });
    await open.reviewed.work('run');
    open.move('C0NEXT');
    open.reviewed.wrong = 'made_public';
    await open.reviewed.give('C0NEXT');
    const refused = { type: 'review.opened', outcome: 'failed', data: { channel: 'C0NEXT', access: 'made_public' } };
    expect(open.reviewed.told()).toEqual([DRAFTED, refused]);
    // Slack may refuse as well, and may be asked again in the next room.
    const slack = moved();
    await slack.reviewed.work('run');
    slack.move('C0NEXT');
    slack.reviewed.access = 'restricted_action';
    await slack.reviewed.give('C0NEXT');
    expect(slack.reviewed.told().at(-1)).toEqual({ ...refused, data: { channel: 'C0NEXT', access: 'restricted_action' } });
    await slack.reviewed.give('C0ELSE');
    for (const { reviewed } of [thread, open]) expect([reviewed.opened, reviewed.linked]).toEqual([[`F00 ${ROOM}`], []]);
    expect(slack.reviewed.opened).toEqual([`F00 ${ROOM}`, 'F00 C0NEXT', 'F00 C0NEXT', 'F00 C0NEXT']);
  });

  test('that is made in a room which was left meanwhile is opened to the one where the incident is', () => {
    const reviewed = new Reviewed().over();
    reviewed.life.give({ at: reviewed.life.at, by: null, ask: { type: 'room-lost', channel: ROOM, reason: 'is_archived' } });
    reviewed.enter('C0NEXT');
    expect(reviewed.accessRuns()).toEqual([]);
    reviewed.life.give({ at: reviewed.life.at, by: null, ask: { type: 'review-drafted', ...DRAFTED.data, access: null } });
    expect(reviewed.accessRuns()).toHaveLength(1);
  });

  test('is tried some times more where that may help', async () => {
    const passing = new Reviewed().over();
    passing.answers.push('canvas_creation_failed', 'canvas_creation_failed');
    await passing.work('run');
    expect(passing.told()).toEqual([DRAFTED]);
    const lasting = new Reviewed().over();
    lasting.answers.push(...Array.from({ length: 9 }, () => 'canvas_creation_failed'));
    await lasting.work('run');
    expect(lasting.told()).toMatchObject([{ type: 'review.undrafted', data: { error: 'canvas_creation_failed' } }]);
    expect(lasting.answers).toHaveLength(4);
  });

  test('that Slack does not open to the channel is there all the same, and the record says so', async () => {
    const reviewed = new Reviewed().over();
    reviewed.access = 'restricted_action';
    await reviewed.work('run');
    expect(reviewed.told()).toEqual([{ ...DRAFTED, data: { ...DRAFTED.data, access: 'restricted_action' } }]);
  });

  test('is not made again after a reopening: the same one is named', async () => {
    const reviewed = new Reviewed().over();
    await reviewed.work('run');
    reviewed.life.ask({ type: 'reopen', reason: 'again' });
    reviewed.over();
    expect(reviewed.runs()).toEqual([]);
    expect(reviewed.life.incident.reviewCanvas).toMatchObject({ link: DRAFTED.data.link });
  });

  test('waits for the end where the incident was reopened before it was made, and two runs make one', async () => {
    const reviewed = new Reviewed().over();
    reviewed.life.ask({ type: 'reopen', reason: 'again' });
    expect(await reviewed.work('first')).toBe('ended');
    expect(reviewed.canvases).toEqual([]);
    reviewed.over();
    expect(reviewed.runs()).toEqual([`${ID}:review-canvas:1`]);
    await reviewed.work('second');
    await reviewed.work('third');
    expect([reviewed.canvases.length, reviewed.opened.length]).toEqual([1, 1]);
    // One that was at work while another had recorded it.
    reviewed.life.give({ at: reviewed.life.at, by: null, ask: { type: 'review-drafted', ...DRAFTED.data, access: null } });
    reviewed.life.give({ at: reviewed.life.at, by: null, ask: { type: 'review-undrafted', channel: ROOM, error: 'restricted_action' } });
    expect(reviewed.told()).toEqual([DRAFTED]);
  });

  test('of a private incident is not made once others may read its channel', async () => {
    const reviewed = new Reviewed('P1', { private: true }).over();
    reviewed.wrong = 'made_public';
    await reviewed.work('run');
    expect(reviewed.canvases).toEqual([]);
    expect(reviewed.told()).toMatchObject([{ type: 'review.undrafted', data: { error: 'made_public' } }]);
  });

  test('is not made where no review is owed or it was held, where canvases are off, or in a thread', async () => {
    expect(new Reviewed('P3').over().runs()).toEqual([]);
    expect(new Reviewed().over().runs({ ...CHANNELS, canvas: false })).toEqual([]);
    const held = new Reviewed();
    held.life.ask({ type: 'resolve', summary: 'x' });
    held.life.ask({ type: 'finish-review' });
    held.life.ask({ type: 'close' });
    expect(held.runs()).toEqual([]);
    const thread = new Reviewed();
    thread.life.give({ at: thread.life.at, by: null, ask: { type: 'room-lost', channel: ROOM, reason: 'is_archived' } });
    thread.enter('C0INC', '1.1');
    expect(thread.over().runs()).toEqual([]);
    const { drill } = declared('P1', { drill: DRILL }).incident;
    const rehearsed = new Reviewed().over();
    if (drill === undefined) throw new Error('This is no drill.');
    expect(rehearsed.runs()).toHaveLength(1);
    expect(rehearsed.runs(CHANNELS, { drill })).toEqual([]);
    // Turned off meanwhile.
    const off = new Reviewed().over();
    off.isOn = false;
    await off.work('run');
    expect([off.canvases, off.told()]).toEqual([[], []]);
  });

  test('is not made where the run finds a thread, or a channel that was archived meanwhile', async () => {
    const inThread = new Reviewed();
    inThread.life.give({ at: inThread.life.at, by: null, ask: { type: 'room-lost', channel: ROOM, reason: 'is_archived' } });
    inThread.enter('C0INC', '1.1');
    inThread.over();
    expect(await inThread.work('run')).toBe('ended');
    const archived = new Reviewed().over();
    archived.life.append(event({ kind: 'tocsin', id: 'tocsin' }, ID, 'room.archive-due', { channel: ROOM }));
    archived.life.give({ at: archived.life.at, by: null, ask: { type: 'room-archived', channel: ROOM, error: null } });
    expect(archived.life.incident.archive?.standing).toBe('done');
    expect(await archived.work('run')).toBe('ended');
    expect([inThread, archived].flatMap(({ canvases }) => canvases)).toEqual([]);
  });

  test('is made before the close where the review is asked for again, and after it where it is scheduled late', () => {
    const resolved = new Reviewed('P2');
    resolved.life.ask({ type: 'resolve', summary: 'x' });
    expect(resolved.runs()).toEqual([]);
    resolved.life.fireUntil(resolved.life.at + 25 * HOUR);
    expect(resolved.life.records.at(-1)?.type).toBe('review.reminded');
    expect(resolved.runs()).toEqual([`${ID}:review-canvas:0`]);
    const late = new Reviewed('P3').over();
    late.life.ask({ type: 'schedule-review', when: late.life.at + HOUR, who: 'U0GRACE' });
    expect(late.runs()).toEqual([`${ID}:review-canvas:0`]);
  });

  test('is said by the message about the review where there is one, and by a sentence of its own where there is none yet', async () => {
    const grave = new Reviewed('P1').over();
    await grave.work('run');
    expect(grave.said()).toEqual([]);
    const other = new Reviewed('P2').over();
    await other.work('run');
    expect(other.said()).toEqual(['event']);
  });

  test('is said by a sentence of its own of a grave incident that owes no review, and whose review is scheduled late', async () => {
    const reviewed = new Reviewed('P1', { policy: { ...policy, review_within: { ...WITHIN, P1: null } } }).over();
    expect(reviewed.runs()).toEqual([]);
    reviewed.life.ask({ type: 'schedule-review', when: reviewed.life.at + HOUR, who: 'U0GRACE' });
    await reviewed.work('run');
    expect(reviewed.said()).toEqual(['event']);
  });
});
