import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { branchField, integer, repositoryField } from './fields.ts';
import { headOf, onRepository, permissions, repositoryAt } from './place.ts';
import { reportedChecks, type WantedCheck } from './reported-checks.ts';

export const wantedFields = {
  target: repositoryField,
  branch: branchField.optional(),
  checks: z.array(z.string().min(1)).default([]).describe('Checks that must pass, by their names or by the names of their workflows'),
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
  never_reported: z
    .array(z.string())
    .describe('Checks that are required or wanted, and that nothing has reported lately; empty where that cannot be seen'),
  blocking: z.array(z.string()).describe('Wanted checks that do not run for every pull request, and when they do, in words'),
  as_wanted: z.boolean(),
});

const NEEDS = permissions(['administration', 'read'], ['contents', 'read'], ['actions', 'read'], ['checks', 'read'], ['pull_requests', 'read']);

/** VO-30. */
export const githubBranchProtection = readAction({
  name: 'github.branch-protection',
  about: 'Shows how a branch is protected, against how it must be.',
  input,
  output,
  ...onRepository(NEEDS),
  async run({ target, branch: asked, checks: wanted, code_owners, approvals: least = 0 }, context) {
    const place = repositoryAt(context, target);
    const branch = asked ?? (await place.branch());
    const head = await headOf(place, branch);
    const [protection, rules] = await Promise.all([place.github.protection(branch), place.github.rules(branch)]);
    const checks = [...new Set([...(protection?.checks?.required ?? []).map(({ context }) => context), ...rules.checks])];
    const owners = rules.codeOwners || (protection?.reviews?.codeOwners ?? false);
    const approvals = Math.max(rules.approvals, protection?.reviews?.count ?? 0);
    const reported = await reportedChecks(place, branch, head, [...new Set([...wanted, ...checks])]);
    const of = (name: string) => reported.find((one) => one.wanted === name);
    const neverReported = reported.filter(({ names }) => names?.length === 0).map((one) => one.wanted);
    const missing = [
      ...wanted.flatMap((name) => sayMissing(name, of(name), checks)),
      ...(code_owners && !owners ? ['review of code owners'] : []),
      ...(approvals < least ? [plural(least, 'approval')] : []),
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
        never_reported: neverReported,
        blocking: wanted.flatMap((name) => of(name)?.notFor ?? []),
        as_wanted: missing.length === 0,
      },
      summary:
        missing.length === 0
          ? `${branch} is protected as required`
          : `${branch} ${protection === null && !byRulesets ? 'is not protected' : 'lacks'}: ${missing.join(', ')}`,
      table: {
        columns: ['Setting', 'Is', 'Must be'],
        rows: [
          ['Required checks', checks.join(', ') || 'none', wanted.join(', ') || 'any'],
          ['Review of code owners', yes(owners), code_owners ? 'yes' : 'any'],
          ['Approvals', String(approvals), least === 0 ? 'any' : `${least} or more`],
          ['Holds for administrators', yes(protection?.enforceAdmins ?? false), 'any'],
          ['Rulesets beside it', yes(byRulesets), 'any'],
          ['Checks that have reported', sayReported(reported), 'all'],
        ],
      },
    };
  },
});

/** What a protection lacks of a wanted check: the names under which it reports, or its own where that is not known. */
function sayMissing(wanted: string, reported: WantedCheck | undefined, required: readonly string[]): string[] {
  const names = reported?.names == null || reported.names.length === 0 ? [wanted] : reported.names;
  return names.filter((name) => !required.includes(name)).map((name) => `check ${name}${name === wanted ? '' : ` (${wanted})`}`);
}

function sayReported(reported: readonly WantedCheck[]): string {
  return reported
    .map(({ wanted, names }) => `${wanted}: ${names === null ? 'cannot be seen' : names.length === 0 ? 'never' : names.join(', ')}`)
    .join('; ');
}
