import { z } from 'zod';
import { toIso } from '../../lib/time.ts';
import { readAction } from '../../ports/action.ts';
import { jsonField } from '../aws/fields.ts';
import { situationOf } from './situation.ts';
import { factsOf } from './verdict-facts.ts';
import { concludeDrift, lacking, type Name } from './verdict-rules.ts';

const found = jsonField.default(null);
const input = z.strictObject({
  evidence: found.describe('drift.evidence'),
  head: found.describe('github.head, against the evidence’s commit and with the source as `file`'),
  events: found.describe('cloudtrail.events'),
  changes: found.describe('github.file-changes'),
  verified: found.describe('drift.verified; without it no change by hand is confirmed'),
  live: found.describe('drift.compare: the source at HEAD against what is live'),
  local: found.describe('drift.compare: the source at HEAD against the evidence’s local file'),
  shapes: found.describe('drift.compare: the evidence’s local file against its remote file'),
  old: found.describe('drift.compare: the evidence’s local file against what is live'),
});

const output = z.strictObject({
  verdict: z.enum(['A', 'B', 'C', 'false-alarm', 'undecided']),
  confidence: z.enum(['confirmed', 'likely', 'undecided']),
  because: z.string(),
  facts: z.array(z.string()),
  missing: z.array(z.string()),
  who: z.string().describe('Who changed it by hand; empty unless the verdict is A.'),
  when: z.string(),
  from: z.string(),
  differs: z.boolean().describe('Whether what is live is known to differ from the source at HEAD: there is something to apply.'),
});

const TITLES: Readonly<Record<Name, string>> = {
  A: 'A: changed by hand',
  B: 'B: the source was changed without a pull request',
  C: 'C: a race, benign',
  'false-alarm': 'False alarm: only the shape differs',
  undecided: 'Undecided',
};

/** Which of the runbook's scenarios it is (VO-08), by `concludeDrift`: its table has the rules. Looks at nothing itself. */
export const driftVerdict = readAction({
  name: 'drift.verdict',
  about: 'Concludes from what other steps found whether a drift was made by hand, came from the source, is a race or no drift at all.',
  input,
  output,

  async run(given, context) {
    const situation = situationOf(given, await context.now());
    const { verdict, confidence, because, by } = concludeDrift(situation);
    const facts = factsOf(situation);
    const missing = lacking(situation);
    return {
      ...(verdict === 'A' || verdict === 'B' ? { state: 'bad' } : {}),
      output: {
        verdict,
        confidence,
        because,
        facts,
        missing,
        who: by?.person ?? '',
        when: by === null ? '' : toIso(by.time),
        from: by?.from ?? '',
        differs: situation.live?.equal === false,
      },
      summary: `${TITLES[verdict]}${confidence === 'undecided' ? '' : ` (${confidence})`}. ${because}`,
      table: { columns: ['', 'fact'], rows: [...facts.map((fact) => ['seen', fact]), ...missing.map((what) => ['not seen', what])] },
    };
  },
});
