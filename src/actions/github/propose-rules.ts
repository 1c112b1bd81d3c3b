import { stringify } from 'yaml';
import { z } from 'zod';
import { objectOf, ruleFields } from '../k8s/apply-rules.ts';
import { fileField, reviewersField } from './fields.ts';
import { fileAt, headOf, onFile } from './place.ts';
import { PROPOSAL_NEEDS, written } from './proposal.ts';
import { type Proposed, proposalAction } from './proposal-action.ts';

const input = z.strictObject({
  target: fileField.describe('The file of the repository that GitOps applies; it need not be there yet'),
  ...ruleFields,
  namespace: z.string().max(63).default('').describe('Where GitOps puts it; empty where the repository says so elsewhere'),
  title: z.string().min(1).max(250),
  body: z.string().default(''),
  reviewers: reviewersField,
});
type Input = z.infer<typeof input>;

/** The same PrometheusRule that k8s.apply-rules writes, where the cluster follows a repository (PF-31). */
export const githubProposeRules = proposalAction({
  name: 'github.propose-rules',
  about: 'Opens a pull request with a PrometheusRule, for the repository from which GitOps applies it.',
  input,
  ...onFile(PROPOSAL_NEEDS),
  place: fileAt,
  propose,
});

async function propose(place: ReturnType<typeof fileAt>, { title, body, reviewers, namespace, ...rules }: Input, base: string): Promise<Proposed> {
  const file = await place.github.file(place.path, await headOf(place, base));
  const text = stringify(objectOf(rules, namespace === '' ? undefined : namespace), { lineWidth: 0 });
  const notes = ['Prometheus evaluates the rules once people merge it and GitOps has applied it.'];
  return { proposal: { base, title, body, reviewers, files: [written(place.path, file, text)] }, notes };
}
