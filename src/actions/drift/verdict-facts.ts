import { plural } from '../../lib/plural.ts';
import { sayDuration } from '../../lib/time.ts';
import { lastVerified } from './explaining.ts';
import { type Change, type Compared, type Situation, sayMoment } from './situation.ts';

/** What was seen, each a sentence, whatever the verdict. */
export function factsOf(situation: Situation): string[] {
  const { evidence, head, source, live, local, shapes, old, now } = situation;
  return [
    ...sayCompared(live, 'Live matches the source at HEAD.', 'Live differs from the source at HEAD'),
    ...(live === null || live.unmanaged.length === 0 ? [] : [`The source does not set ${live.unmanaged.join(', ')}, but live has it.`]),
    ...(evidence === null ? [] : [`The workflow looked at ${sayMoment(evidence.time)}, ${sayDuration(now - evidence.time)} ago.`]),
    ...(evidence?.intact === false ? ['The evidence’s files do not match the digests in it.'] : []),
    ...sayCompared(shapes, 'The evidence shows no true difference, only two shapes.', 'The evidence shows a true difference'),
    ...(head === null ? [] : [sayHead(head)]),
    ...sayCompared(local, 'The evidence’s source is the source at HEAD.', 'The evidence’s source is no longer the source at HEAD'),
    ...(old?.equal === true && live?.equal === false ? ['Live is exactly the evidence’s source.'] : []),
    ...sayVerified(situation),
    ...sayEvents(situation),
    ...sayLast(source?.last ?? null),
    ...(source === null
      ? []
      : source.unmerged.length === 0
        ? [`No branch and no pull request${source.allSeen ? '' : ' that was checked'} changes the source.`]
        : [`The source is changed and not merged in ${source.unmerged.slice(0, 5).join(', ')}.`]),
  ];
}

function sayCompared(compared: Compared | null, equal: string, different: string): string[] {
  if (compared === null) return [];
  return [compared.equal ? equal : `${different}: ${plural(compared.added, 'line')} more, ${compared.removed} fewer.`];
}

function sayHead({ sha, same, touched }: NonNullable<Situation['head']>): string {
  if (same) return `The evidence’s commit is HEAD (${sha.slice(0, 12)}).`;
  const file = touched === null ? '' : touched ? ', and the source was changed between' : ', and the source was not changed between';
  return `HEAD has moved since the evidence’s commit, to ${sha.slice(0, 12)}${file}.`;
}

function sayVerified({ verified: { moments } }: Situation): string[] {
  const [newest] = moments;
  return newest === undefined ? [] : [`Live matched the source at ${sayMoment(newest)}.`];
}

function sayEvents(situation: Situation): string[] {
  const { events, evidence, now } = situation;
  if (events === null) return [];
  const { changes, settled } = events;
  const verified = lastVerified(situation, Math.min(evidence?.time ?? now, now));
  const since = events.complete ? `since ${sayMoment(events.from)}` : 'of those that were asked for';
  const who = { person: 'a person', pipeline: 'the pipeline', own: 'Tocsin', service: 'AWS itself' } as const;
  const [newest] = changes;
  const people = changes.filter(({ kind }) => kind === 'person');
  return [
    newest === undefined
      ? `CloudTrail has no change of the live controls ${since}.`
      : `The last change that CloudTrail has ${since} is of ${sayMoment(newest.time)} by ${who[newest.kind]} (${newest.person}).`,
    ...people.slice(0, 3).map((one) => sayPerson(one, verified)),
    `CloudTrail delivers late: changes after ${sayMoment(settled)} may not be listed.`,
  ];
}

function sayPerson({ person, time, console, from }: Change, verified: number): string {
  const older = time < verified ? ': that was before both were the same, so it explains nothing' : '';
  return `${person} changed them at ${sayMoment(time)}${console ? ' in the console' : ''}, from ${from || 'an unknown address'}${older}.`;
}

function sayLast(last: NonNullable<Situation['source']>['last'] | null): string[] {
  if (last === null) return [];
  const how = last.reviewed === null ? '' : last.reviewed ? ' by a pull request' : ' without a pull request';
  return [`The source was last changed by ${last.author}${how} (${last.sha.slice(0, 12)}${last.time === null ? '' : `, ${sayMoment(last.time)}`}).`];
}
