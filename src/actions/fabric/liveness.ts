import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, readAction } from '../../ports/action.ts';
import { ask, httpRights } from '../http/ask.ts';
import { httpPreflight } from '../http/preflight.ts';
import { jsonOf } from '../http/tools.ts';
import { integer } from '../k8s/fields.ts';
import { duration, msOf, targetField } from '../shared/fields.ts';
import { shortHash, textsField } from './hash.ts';

/** How many capsules are asked for at most. */
const MOST = 30;

const input = z.strictObject({
  target: targetField.describe('The attestor'),
  capsules: textsField.describe('Hashes of capsules; empty texts are left out'),
  path: z.string().startsWith('/').default('/liveness').describe('Where the attestor is asked; the hash follows'),
  timeout: duration.default('5s'),
});

const output = z.strictObject({
  asked: integer,
  /** Hashes by what the attestor says of them. */
  alive: z.array(z.string()),
  dead: z.array(z.string()),
  /** Hashes that it did not answer for. */
  unknown: z.array(z.string()),
  says: z.string(),
});

const answerSchema = z.object({ alive: z.boolean(), last_heartbeat: z.string().nullish(), age_seconds: z.number().nullish() });

interface Life {
  readonly hash: string;
  /** `null`: not known. */
  readonly alive: boolean | null;
  readonly what: string;
}

export const fabricLiveness = readAction({
  name: 'fabric.liveness',
  about: 'Asks the attestor when it last heard of capsules: better than a ping, for it says whether their heartbeats come through.',
  input,
  output,
  rights: ({ target }, context) => httpRights(context, target, ['GET']),
  preflight: ({ target }, context) => httpPreflight(context, target),
  async run({ target, capsules, path, timeout }, context) {
    const hashes = [...new Set(capsules)].filter((hash) => hash !== '');
    if (hashes.length === 0) return { state: 'unknown', output: { asked: 0 }, summary: 'No capsule is named, so none was asked for.' };
    const lives = await Promise.all(hashes.slice(0, MOST).map((hash) => lifeOf(context, target, path, hash, msOf(timeout))));
    const of = (alive: boolean | null) => lives.filter((one) => one.alive === alive).map(({ hash }) => hash);
    const [alive, dead, unknown] = [of(true), of(false), of(null)];
    const left = hashes.length > MOST ? ` Only ${MOST} of ${hashes.length} were asked for.` : '';
    const says = `${sayLives(alive, dead, unknown, lives)}${left}`;
    const table = { columns: ['Capsule', 'Alive', 'Last heartbeat'], rows: lives.map((one) => [shortHash(one.hash), sayAlive(one.alive), one.what]) };
    if (unknown.length === lives.length) return { state: 'unknown', output: { asked: lives.length, unknown, says }, summary: says, table };
    return { state: dead.length > 0 ? 'bad' : 'good', output: { asked: lives.length, alive, dead, unknown, says }, summary: says, table };
  },
});

/** What may stand in a path as it is: dots would lead elsewhere. */
const PLAIN_HASH = /^[\w:-]{1,200}$/;

async function lifeOf(context: ActionContext, target: string, path: string, hash: string, timeoutMs: number): Promise<Life> {
  if (!PLAIN_HASH.test(hash)) return { hash, alive: null, what: 'this is not the hash of a capsule' };
  const answer = await ask(context, target, { method: 'GET', path: `${path}/${hash}`, timeoutMs });
  if (answer.kind === 'silent') return { hash, alive: null, what: answer.why };
  const parsed = answerSchema.safeParse(jsonOf(answer.body));
  if (answer.status !== 200 || !parsed.success) return { hash, alive: null, what: `the attestor answered ${answer.status}` };
  const { alive, last_heartbeat: last, age_seconds: age } = parsed.data;
  const when = last === null || last === undefined ? 'none known' : `${last}${age === null || age === undefined ? '' : `, ${Math.round(age)} s ago`}`;
  return { hash, alive, what: when };
}

function sayLives(alive: readonly string[], dead: readonly string[], unknown: readonly string[], lives: readonly Life[]): string {
  if (unknown.length === lives.length) return `The attestor says nothing. ${lives[0]?.what ?? ''}`;
  const known = alive.length + dead.length;
  const lost = dead.length === 0 ? '' : ` No heartbeat of ${dead.map(shortHash).join(', ')}.`;
  const silent = unknown.length === 0 ? '' : ` Nothing is known of ${unknown.map(shortHash).join(', ')}.`;
  return `${alive.length} of ${plural(known, 'capsule')} ${known === 1 ? 'is' : 'are'} alive.${lost}${silent}`;
}

function sayAlive(alive: boolean | null): string {
  if (alive === null) return 'not known';
  return alive ? 'yes' : 'no';
}
