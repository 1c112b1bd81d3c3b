import { githubAppendFile } from '../../../src/actions/github/append-file.ts';
import { githubMendCodeOwners } from '../../../src/actions/github/mend-code-owners.ts';
import { githubOpenPullRequest } from '../../../src/actions/github/open-pull-request.ts';
import { githubProposeRules } from '../../../src/actions/github/propose-rules.ts';
import { githubRevertCommit } from '../../../src/actions/github/revert-commit.ts';
import type { Action } from '../../../src/ports/action.ts';
import { CONTROLS } from './helpers.ts';

export const SECTION = '### 2025-10-19 Guardrail drift (INC-2025-0042)\n\n- **Impact:** none\n';
export const WANTED = [{ pattern: '.github/workflows/*', owners: ['@VaultSovereign/ops'] }];

/** What every action that proposes files does alike. */
export const PROPOSALS: readonly (readonly [name: string, action: Action, input: Record<string, unknown>, path: string, shows: string])[] = [
  [
    'VO-12',
    githubOpenPullRequest,
    { target: 'repo', title: 'Tune guardrails', files: { [CONTROLS]: '{}\n' }, reviewers: ['@VaultSovereign/security'] },
    CONTROLS,
    '+ {}',
  ],
  [
    'VO-31',
    githubMendCodeOwners,
    { target: 'repo', wanted: WANTED, reviewers: ['hedy'] },
    'CODEOWNERS',
    '+ /.github/workflows/* @VaultSovereign/ops',
  ],
  ['VQ-09', githubRevertCommit, { target: 'controls', reviewers: ['@VaultSovereign/security'] }, CONTROLS, '+ {}'],
  [
    'VQ-20',
    githubAppendFile,
    { target: 'operations', section: SECTION, title: 'Record INC-2025-0042' },
    'OPERATIONS-RUNBOOK.md',
    '+ ### 2025-10-19 Guardrail drift',
  ],
  [
    'PF-31',
    githubProposeRules,
    {
      target: 'operations',
      name: 'shop',
      groups: [{ name: 'shop', rules: [{ alert: 'ShopDown', expr: 'up == 0' }] }],
      label: 'release=prometheus',
      title: 'Alert when the shop is down',
    },
    'OPERATIONS-RUNBOOK.md',
    '+ kind: PrometheusRule',
  ],
];
