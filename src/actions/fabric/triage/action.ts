import { z } from 'zod';
import { readAction } from '../../../ports/action.ts';
import { jsonField } from '../../aws/fields.ts';
import { factsOf, unseenOf } from './context.ts';
import { type Decision, decide, type Measured } from './decide.ts';
import { missesOf, riskOf } from './measure.ts';
import { contextOf, platformOf } from './seen.ts';
import { drawTriage } from './svg.ts';
import { altText, sayDecision, sayDisagreement, sayGaps, sayMeasure, sayPlatform, sayVerdict, textTree } from './words.ts';

const found = jsonField.default(null);
const input = z.strictObject({
  risk: jsonField
    .default(null)
    .describe('The risk score, 0 to 1: a number, a text that is one, or several that have to be the same. Anything else is unknown.'),
  misses: jsonField.default(null).describe('Missed heartbeats, as with `risk`.'),
  risk_threshold: z.number().min(0).default(0.8).describe('From this risk the platform rolls back, unless `env` says otherwise.'),
  misses_threshold: z.number().min(0).default(3).describe('From so many misses the platform rolls back, unless `env` says otherwise.'),
  capsule: z.string().default('').describe('The hash of the capsule; empty where it is not known.'),
  capsules: found.describe('fabric.capsules'),
  liveness: found.describe('fabric.liveness of this capsule'),
  others: found.describe('fabric.liveness of all capsules'),
  maintenance: found.describe('k8s.configmap of the maintenance status'),
  history: found.describe('helm.history'),
  rollbacks: found.describe('fabric.rollbacks'),
  similar: found.describe('incident.similar'),
  bot: found.describe('k8s.pods of the incident-bot: without pods it decides nothing'),
  env: found.describe('k8s.env of the incident-bot: its thresholds'),
});

const output = z.strictObject({
  verdict: z.enum(['false-positive-thresholds', 'false-positive-network', 'legitimate', 'undecided']).describe('The playbook’s tree.'),
  because: z.string(),
  says: z.string().describe('The verdict and how to treat the event, in a sentence or two.'),
  platform: z.enum(['rolls-back', 'waits', 'unknown']).describe('The platform’s own rule.'),
  platform_says: z.string(),
  platform_because: z.string().describe('What the platform’s rule goes by here, in a sentence.'),
  agreement: z.enum(['agree', 'disagree', 'unknown']),
  disagreement: z.string().describe('What it means that the two differ; empty where they do not.'),
  treat: z.enum(['incident', 'false-positive']).describe('How to treat the event until somebody knows better.'),
  gaps: z.string().describe('What the playbook leaves open here, and the rule that settled it; empty where nothing.'),
  path: z.array(z.string()).describe('The edges that were taken, by the node ids of the playbook’s flowchart.'),
  risk_action: z.string().describe('The playbook’s action for this risk (PF-03); empty where it is not known.'),
  likelihood: z.string().describe('How likely a false positive is at this risk (PF-03).'),
  heartbeats: z.string().describe('What the playbook says of so many misses (PF-04).'),
  facts: z.array(z.string()),
  missing: z.array(z.string()),
});

/** The playbook's triage of a GuardTrip (PF-02), by `decide`. Looks at nothing itself. */
export const fabricTriage = readAction({
  name: 'fabric.triage',
  about:
    'Walks the triage tree of Provability-Fabric’s playbook for a GuardTrip, compares it with the platform’s own rule, and draws the branches that were taken.',
  input,
  output,

  async run(given, context) {
    const defaults = { risk: given.risk_threshold, misses: given.misses_threshold };
    const measured: Measured = { risk: riskOf(given.risk), misses: missesOf(given.misses), ...platformOf(given, defaults) };
    const around = contextOf(given, given.capsule, await context.now());
    const decision = decide(measured);
    const facts = factsOf(around);
    const unseen = unseenOf(around);
    const missing = [...decision.missing, ...(unseen.length === 0 ? [] : [`Not seen: ${unseen.join(', ')}.`])];
    return {
      state: decision.treat === 'incident' ? 'bad' : 'seen',
      output: {
        verdict: decision.verdict,
        because: decision.because,
        says: sayDecision(decision),
        platform: decision.platform,
        platform_says: sayPlatformRule(decision),
        platform_because: `${decision.platformBecause}.`,
        agreement: decision.agreement,
        disagreement: sayDisagreement(decision),
        treat: decision.treat,
        gaps: sayGaps(decision),
        path: decision.path.map(({ edge }) => edge),
        risk_action: decision.riskBand?.action ?? '',
        likelihood: decision.riskBand?.likelihood ?? '',
        heartbeats: decision.missesBand?.action ?? '',
        facts: facts.map(({ says }) => says),
        missing,
      },
      summary: `${sayDecision(decision)} ${sayPlatformRule(decision)}`,
      table: {
        columns: ['what', 'here', 'the playbook'],
        rows: [...rowsOf(decision, measured), ...contextRows(facts), ...missing.map((what) => ['not known', what, ''])],
      },
      picture: { name: 'tree.png', alt: altText(decision), svg: drawTriage(decision, measured), instead: textTree(decision) },
    };
  },
});

function sayPlatformRule({ platform, platformBecause }: Decision): string {
  return `The platform: ${sayPlatform(platform)}. ${platformBecause}.`;
}

function rowsOf(
  { verdict, because, riskBand, missesBand, path, platform, platformBecause }: Decision,
  { risk, misses }: Measured,
): readonly (readonly string[])[] {
  return [
    ['risk', sayMeasure(risk), riskBand === null ? '' : `${riskBand.range}: ${riskBand.action}; false positive: ${riskBand.likelihood}`],
    ['misses', sayMeasure(misses), missesBand === null ? '' : `${missesBand.range}: ${missesBand.action}`],
    ['tree', sayVerdict(verdict), because],
    ['platform', sayPlatform(platform), platformBecause],
    ...path.map(({ edge, reason }) => ['branch', edge, reason]),
  ];
}

function contextRows(facts: ReturnType<typeof factsOf>): readonly (readonly string[])[] {
  const words = { for: 'speaks for a false positive', against: 'speaks against', neither: 'to know' };
  return facts.map(({ speaks, says }) => ['context', says, words[speaks]]);
}
