import { explaining, lastVerified, personBefore } from './explaining.ts';
import { type Change, type Situation, sayMoment } from './situation.ts';

/** A: changed by hand. B: source changed without a pull request. C: race. `false-alarm`: only the shape differs. */
export type Name = 'A' | 'B' | 'C' | 'false-alarm' | 'undecided';
export type Confidence = 'confirmed' | 'likely' | 'undecided';

export interface Conclusion {
  readonly verdict: Name;
  readonly confidence: Confidence;
  /** One sentence: why. */
  readonly because: string;
  /** Who changed it by hand. */
  readonly by: Change | null;
}

/** A merge counts as just made when the workflow ran within this time after it, ms. */
const JUST_MERGED = 60 * 60_000;

/**
 * The verdict on a drift (VO-08). Only a person's change that was not refused can be A: never the pipeline's, never Tocsin's own. That there is no
 * event counts for nothing while CloudTrail may still deliver it.
 *
 * | what is live | and | verdict |
 * |---|---|---|
 * | equals HEAD | the evidence shows no true difference | false alarm, confirmed |
 * | equals HEAD | no evidence that can be compared, and no person changed it | false alarm, likely |
 * | equals HEAD | no evidence that can be compared, and a person changed it or nobody can tell | undecided |
 * | equals HEAD | the evidence shows one, a person had changed it before | A, likely: already put right |
 * | equals HEAD | the evidence shows one, the source moved since | C, confirmed when the commits differ too, else likely |
 * | equals HEAD | the evidence shows one, the pipeline or Tocsin changed it after; no person did | C, likely |
 * | differs | it is exactly the evidence's source, the source moved since without a pull request | B, confirmed |
 * | differs | the same, the source moved by a pull request, or nobody knows how | C, confirmed, or likely |
 * | differs | a person changed it after the source was last changed, nobody else since, the source did not move | A, confirmed |
 * | differs | a person changed it; something of that is not so or not known (a pipeline that came after merges, and takes nothing away; when it was last verified cannot be seen) | A, likely |
 * | differs | no person did, the source was last changed without a pull request, and the pipeline has not applied it since | B, confirmed |
 * | differs | no person did, a branch changes the source | B, likely |
 * | differs | no person did, the source was merged just before the workflow ran | C, likely |
 * | unknown | the evidence shows one, a person had changed it before | A, likely |
 * | anything else | | undecided, with what is missing |
 *
 * "No person did" needs all events since the history begins, and the difference seen by the evidence before what CloudTrail may still deliver.
 * A person's change counts only since what is live was last seen to be what the source said (`lastVerified`): an older one explains nothing.
 */
export function concludeDrift(situation: Situation): Conclusion {
  const { live } = situation;
  if (live === null) return withoutLive(situation);
  return live.equal ? whenEqual(situation) : whenDifferent(situation);
}

function whenEqual(situation: Situation): Conclusion {
  const { shapes, evidence, head, now } = situation;
  if (shapes === null) return withoutEvidence(situation);
  if (shapes.equal) {
    const sound = evidence?.intact === true;
    return conclude('false-alarm', sound ? 'confirmed' : 'likely', 'Neither now nor in the evidence is there a true difference.');
  }
  const by = personBefore(situation);
  if (by !== null) return conclude('A', 'likely', `${say(by)}; it has been corrected since.`, by);
  const moved = sourceMoved(situation);
  if (moved === true) {
    const sure = head !== null && !head.same;
    return conclude('C', sure ? 'confirmed' : 'likely', 'The workflow compared a source that has moved since; live matches the source now.');
  }
  const after = putRight(situation);
  if (after !== null && moved === false && nobodyDid(situation, evidence?.time ?? now)) {
    const who = after.kind === 'own' ? 'Tocsin' : 'The pipeline';
    return conclude('C', 'likely', `${who} corrected it at ${sayMoment(after.time)}, after the workflow had looked.`);
  }
  return undecided('There was a true difference, and it is gone; it is not known who made it.');
}

/** What is live is what the source says, and whether the workflow saw a difference is not known. */
function withoutEvidence(situation: Situation): Conclusion {
  const [by] = explaining(situation, situation.evidence?.time ?? situation.now);
  if (by === undefined && situation.events !== null) return conclude('false-alarm', 'likely', 'Live matches the source.');
  const who = by === undefined ? 'it is not known who changed it' : say(by);
  return undecided(`Live matches the source. Whether it always did is not known: no evidence can be compared, and ${who}.`);
}

function whenDifferent(situation: Situation): Conclusion {
  const { old, source, events, verified, now } = situation;
  const moved = sourceMoved(situation);
  if (moved === true && old?.equal === true) return afterMove(situation);
  const [by] = explaining(situation, now);
  if (by !== undefined) {
    const last = events?.changes[0] === by;
    const settled = moved === false || (moved === true && old !== null);
    const since = source?.last?.time ?? Number.POSITIVE_INFINITY;
    const sure = last && settled && since <= by.time && verified.complete && (events?.ownKnown ?? false);
    return conclude('A', sure ? 'confirmed' : 'likely', `${say(by)}, and live does not match the source.`, by);
  }
  if (!nobodyDid(situation, now)) return undecided('Live differs from the source, and it is not known yet who changed it.');
  const last = source?.last ?? null;
  if (last?.reviewed === false && !appliedSince(situation)) {
    return conclude(
      'B',
      'confirmed',
      `${last.author} changed the source without a pull request (${last.sha.slice(0, 12)}), and live does not have that change.`,
    );
  }
  const [branch] = source?.unmerged ?? [];
  if (branch !== undefined) return conclude('B', 'likely', `Nobody changed it by hand, and the source is changed without a merge: ${branch}.`);
  if (justMerged(situation)) return conclude('C', 'likely', 'The source was merged just before the workflow ran, and is not applied yet.');
  return undecided('Live differs from the source, and nothing Tocsin can see explains it.');
}

/** What is live is the source as it was: nobody touched it, the source went on. */
function afterMove({ source, head }: Situation): Conclusion {
  const last = source?.last ?? null;
  if (last?.reviewed === false) {
    return conclude(
      'B',
      'confirmed',
      `${last.author} changed the source without a pull request (${last.sha.slice(0, 12)}); live still has its previous content.`,
    );
  }
  const sure = last?.reviewed === true && head !== null;
  return conclude('C', sure ? 'confirmed' : 'likely', 'The source has moved since the workflow ran; live still has its previous content.');
}

function withoutLive(situation: Situation): Conclusion {
  const { shapes } = situation;
  if (shapes?.equal === true) return undecided('The evidence shows no true difference, only two shapes; whether there is one now is not known.');
  const by = shapes === null ? null : personBefore(situation);
  if (by !== null) return conclude('A', 'likely', `${say(by)}, before the workflow saw a true difference.`, by);
  return undecided('Live cannot be compared with the source.');
}

function putRight({ events, evidence }: Situation): Change | null {
  if (evidence === null) return null;
  return events?.changes.find(({ kind, time }) => (kind === 'pipeline' || kind === 'own') && time > evidence.time) ?? null;
}

/** Whether the source as it was last changed has been applied: then that change does not explain what is live now. */
function appliedSince({ events, source }: Situation): boolean {
  const at = source?.last?.time ?? Number.POSITIVE_INFINITY;
  return events?.changes.some(({ kind, time }) => (kind === 'pipeline' || kind === 'own') && time >= at) ?? false;
}

/**
 * Whether it is certain that no person made the difference of `until`: the evidence saw it after it was last verified, all events until then are
 * there, and none of them is a person's.
 */
function nobodyDid(situation: Situation, until: number): boolean {
  const { events, evidence, shapes } = situation;
  if (events === null || evidence === null || shapes === null || shapes.equal) return false;
  if (evidence.time < lastVerified(situation, until) || explaining(situation, until).length > 0) return false;
  return events.complete && events.settled >= evidence.time && events.from < evidence.time;
}

/** Whether the source at HEAD is another than the workflow's. The files tell, else the commits. */
function sourceMoved({ local, head }: Situation): boolean | null {
  if (local !== null) return !local.equal;
  if (head === null) return null;
  if (head.same || head.touched === false) return false;
  return head.touched;
}

function justMerged({ source, evidence, now }: Situation): boolean {
  const last = source?.last ?? null;
  if (last === null || last.time === null || last.reviewed !== true) return false;
  const ran = evidence?.time ?? now;
  return last.time <= ran && ran - last.time <= JUST_MERGED;
}

/** What could not be seen, as things to do. */
export function lacking(situation: Situation): string[] {
  const { evidence, head, events, source, live, local, shapes, verified, now } = situation;
  return [
    ...(live === null ? ['Live was not compared with the source at HEAD.'] : []),
    ...(evidence === null ? ['The evidence of the workflow was not read.'] : []),
    ...(evidence !== null && shapes === null ? ['What the workflow saw is not known: its evidence cannot be compared.'] : []),
    ...(events === null ? ['Who changed it is not known: CloudTrail could not be read.'] : []),
    ...(events !== null && !events.complete
      ? [`Events of CloudTrail before ${sayMoment(Math.min(events.from, now))} or beyond the number asked for were not read: look further back.`]
      : []),
    ...delayed(situation),
    ...(live?.equal !== true && !verified.complete && explaining(situation, now).length > 0
      ? ['When live last matched the source is not known: the change by hand may be older.']
      : []),
    ...(events !== null && !events.ownKnown ? ['Who Tocsin itself is (sts:GetCallerIdentity) is not known: one of the changes may be its own.'] : []),
    ...(head === null ? ['HEAD of the default branch was not read.'] : []),
    ...(evidence !== null && local === null ? ['Whether the source moved since the workflow ran is not known.'] : []),
    ...(source === null ? ['Branches and pull requests that change the source were not read.'] : []),
    ...(source?.allSeen === false ? ['Some branches and pull requests were not read: there are too many to check.'] : []),
    ...(source !== null && (source.last === null || source.last.reviewed === null)
      ? ['Whether the source was last changed by a pull request is not known.']
      : []),
  ];
}

function delayed(situation: Situation): string[] {
  const { events, evidence, shapes, live, now } = situation;
  if (events === null || live?.equal === true || explaining(situation, now).length > 0) return [];
  if (evidence !== null && shapes?.equal === false && evidence.time >= lastVerified(situation, now)) {
    if (events.settled >= evidence.time) return [];
    return [`CloudTrail delivers late: look again after ${sayMoment(evidence.time + (now - events.settled))}.`];
  }
  return [
    'When it was changed is not known: CloudTrail delivers late, and no evidence shows the difference yet. Run the drift workflow again, and look 15 minutes later.',
  ];
}

function conclude(verdict: Name, confidence: Confidence, because: string, by: Change | null = null): Conclusion {
  return { verdict, confidence, because, by };
}

function undecided(because: string): Conclusion {
  return { verdict: 'undecided', confidence: 'undecided', because, by: null };
}

function say({ person, time, from, console }: Change): string {
  return `${person} changed the live controls${console ? ' in the console' : ''} at ${sayMoment(time)}${from === '' ? '' : ` from ${from}`}`;
}
