import { z } from 'zod';
import { readAction } from '../../engine/ports/action.ts';
import { branchField, integer, repositoryField } from './fields.ts';
import { githubPreflight, headOf, permissions, repositoryAt } from './place.ts';

export const wantedFields = {
  target: repositoryField,
  branch: branchField.optional(),
  checks: z.array(z.string().min(1)).default([]).describe('Names of checks that must pass'),
  code_owners: z.boolean().default(true).describe('Whether a code owner has to review'),
  approvals: integer.min(0).max(6).optional().describe('How many approvals at least'),
};

const input = z.strictObject(wantedFields);
const output = z.strictObject({
  branch: z.string(),
  protected: z.boolean(),
  checks: z.array(z.string()),
  strict: z.boolean(),
  code_owners: z.boolean(),
  approvals: integer,
  enforce_admins: z.boolean(),
  by_rulesets: z.boolean().describe('Whether rulesets demand something beside the protection'),
  missing: z.array(z.string()),
  as_wanted: z.boolean(),
});

const NEEDS = permissions(['administration', 'read'], ['contents', 'read']);

/** VO-30. */
export const githubBranchProtection = readAction<z.infer<typeof input>, z.infer<typeof output>>({
  name: 'github.branch-protection',
  about: 'Shows how a branch is protected, against how it must be.',
  input,
  output,
  targets: ({ target }) => [target],
  rights: () => [],
  permissions: () => NEEDS,
  preflight: async ({ target }, context) => githubPreflight(repositoryAt(context, target), NEEDS),
  async run({ target, branch: asked, checks: wanted, code_owners, approvals: least = 0 }, context) {
    const place = repositoryAt(context, target);
    const branch = asked ?? (await place.branch());
    await headOf(place, branch);
    const [protection, rules] = await Promise.all([place.github.protection(branch), place.github.rules(branch)]);
    const checks = [...new Set([...(protection?.checks?.required ?? []).map(({ context }) => context), ...rules.checks])];
    const owners = rules.codeOwners || (protection?.reviews?.codeOwners ?? false);
    const approvals = Math.max(rules.approvals, protection?.reviews?.count ?? 0);
    const missing = [
      ...wanted.filter((name) => !checks.includes(name)).map((name) => `check ${name}`),
      ...(code_owners && !owners ? ['review of code owners'] : []),
      ...(approvals < least ? [`${least} approvals`] : []),
    ];
    const byRulesets = rules.checks.length > 0 || rules.codeOwners || rules.approvals > 0;
    const yes = (on: boolean): string => (on ? 'yes' : 'no');
    return {
      state: missing.length === 0 ? 'good' : 'bad',
      output: {
        branch,
        protected: protection !== null || byRulesets,
        checks,
        strict: protection?.checks?.strict ?? false,
        code_owners: owners,
        approvals,
        enforce_admins: protection?.enforceAdmins ?? false,
        by_rulesets: byRulesets,
        missing,
        as_wanted: missing.length === 0,
      },
      summary:
        missing.length === 0
          ? `${branch} is protected as it must be`
          : `${branch} ${protection === null && !byRulesets ? 'is not protected' : 'lacks'}: ${missing.join(', ')}`,
      table: {
        columns: ['Setting', 'Is', 'Must be'],
        rows: [
          ['Required checks', checks.join(', ') || 'none', wanted.join(', ') || 'any'],
          ['Review of code owners', yes(owners), code_owners ? 'yes' : 'any'],
          ['Approvals', String(approvals), least === 0 ? 'any' : `${least} or more`],
          ['Holds for administrators', yes(protection?.enforceAdmins ?? false), 'any'],
          ['Rulesets beside it', yes(byRulesets), 'any'],
        ],
      },
    };
  },
});
