import { z } from 'zod';
import { readAction } from '../../ports/action.ts';
import { controlsDigest, liveControls, overLive, parseControls, unmanaged } from '../qbusiness/controls.ts';
import { countLines, diffControls } from '../qbusiness/controls-diff.ts';
import { sayControlsChange } from '../qbusiness/controls-words.ts';

const input = z.strictObject({
  source: z.json().describe('What should be there: JSON, or its text; null when it could not be read.'),
  remote: z.json().describe('What is there; null when it could not be read.'),
  source_name: z.string().default('the source'),
  remote_name: z.string().default('what is live'),
});

const output = z.strictObject({
  known: z.boolean().describe('Whether both sides could be read.'),
  equal: z.boolean(),
  shape_differs: z.boolean().describe('One is written as the API takes it, the other as it answers: their bytes never agree.'),
  added: z.number().int(),
  removed: z.number().int(),
  lines: z.array(z.string()).describe('`+` there and not in the source, `-` in the source and not there.'),
  changed: z.string().describe('What makes the remote out of the source, in words: `blocked phrase “x” was removed`. Empty when both are the same.'),
  differs_in: z.string().describe('The same as a state, whichever side was changed: `blocked phrase “x” is missing`.'),
  unmanaged: z.array(z.string()).describe('Fields that are live and that the source does not set.'),
  ignored: z.array(z.string()).describe('Fields of the source that are no chat controls.'),
  why: z.string().nullable().describe('Why it is not known.'),
});
type Output = z.infer<typeof output>;

/** The true difference of two guardrails, whatever shape each is written in (VO-06, VO-08). */
export const driftCompare = readAction({
  name: 'drift.compare',
  about: 'Compares chat controls in either of the API’s shapes and shows the true difference.',
  input,
  output,

  async run({ source, remote, source_name: sourceName, remote_name: remoteName }) {
    const compared = compareControls(source, remote, sourceName, remoteName);
    const { lines } = compared;
    const left = compared.unmanaged.length === 0 ? '' : ` ${sourceName} does not set ${compared.unmanaged.join(', ')}.`;
    const shape = compared.equal && compared.shape_differs ? ': only the shape differs' : '';
    return {
      ...(compared.known ? {} : { state: 'unknown' }),
      output: compared,
      summary: !compared.known
        ? `Cannot be compared: ${compared.why}`
        : compared.equal
          ? `${remoteName} matches ${sourceName}${shape}.${left}`
          : `${remoteName} differs from ${sourceName}: ${compared.differs_in}.${left}`,
      ...(lines.length === 0 ? {} : { text: { name: 'drift.diff', content: `--- ${sourceName}\n+++ ${remoteName}\n${lines.join('\n')}\n` } }),
    };
  },
});

/** Pure: the same for any order and either shape. What the source says nothing of is no difference. */
export function compareControls(source: unknown, remote: unknown, sourceName: string, remoteName: string): Output {
  const [left, right] = [parseControls(z.json().parse(source)), parseControls(z.json().parse(remote))];
  if (!left.ok) return unknown(source === null ? `${sourceName} could not be read.` : `${sourceName} cannot be understood: ${left.why}.`);
  if (!right.ok) return unknown(remote === null ? `${remoteName} could not be read.` : `${remoteName} cannot be understood: ${right.why}.`);
  const live = liveControls(right.controls);
  const wanted = overLive(left.controls, live);
  const lines = diffControls(wanted, live);
  return {
    known: true,
    equal: controlsDigest(wanted) === controlsDigest(live),
    shape_differs: left.shape !== right.shape,
    ...countLines(lines),
    lines,
    changed: sayControlsChange(wanted, live),
    differs_in: sayControlsChange(wanted, live, 'state'),
    unmanaged: unmanaged(left.controls, live),
    ignored: [...left.ignored],
    why: null,
  };
}

function unknown(why: string): Output {
  return {
    known: false,
    equal: false,
    shape_differs: false,
    added: 0,
    removed: 0,
    lines: [],
    changed: '',
    differs_in: '',
    unmanaged: [],
    ignored: [],
    why,
  };
}
