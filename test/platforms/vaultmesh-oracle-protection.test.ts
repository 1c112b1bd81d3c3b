import { expect, test } from '@jest/globals';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, approve, commanded, MARIE, nothingChanged, planOf, request, type Situation } from '../e2e/helpers/remedies.ts';
import { about, cardText, diagnose, remedy } from '../e2e/helpers/runbooks.ts';
import { DRIFT, investigate, vaultmesh } from '../e2e/helpers/vaultmesh.ts';

const PROTECTION = 'vaultmesh-oracle/branch-protection';
const OWNERS = ['02-qbusiness/guardrails/* @VaultSovereign/security', '.github/workflows/* @VaultSovereign/ops'];

describeWorld('VaultMesh Oracle: branch protection and owners', { delivery: 'http', platforms: true }, (world) => {
  let situation: Situation;
  const github = () => vaultmesh(world()).github;
  const repository = () => github().repository;

  test('[VO-30] the protection is reported, and two people have the check, the owners’ review and the owners enforced; what was set stays', async () => {
    situation = await commanded(world(), 'P2 vaultmesh-oracle Governance of the guardrails');
    const seeded = repository().protection();
    if (seeded === null) throw new Error('The seed protects the branch.');
    const checks = { strict: true, checks: [{ context: 'build', app_id: null }] };
    const before = structuredClone({ ...seeded, checks, flags: { ...seeded.flags, required_linear_history: true } });
    repository().setProtection(structuredClone(before));
    const { steps, findings, suggests } = await diagnose(world(), situation, PROTECTION);
    expect(steps.protection?.data.summary).toBe('master lacks: check lint (Guardrail Lint), review of code owners');
    expect(steps.protection?.text).toMatch(/^Required checks\tbuild\tGuardrail Lint$/m);
    expect(steps.owners?.text).toMatch(/^\.github\/workflows\/\*\t@VaultSovereign\/ops\t@VaultSovereign\/sovereign-ops$/m);
    expect(findings).toEqual([
      'The branch is not protected as required. Missing: check lint (Guardrail Lint), review of code owners.',
      'No check has reported recently under the name build. While it is required, no pull request can be merged: stop requiring it, or make its workflow run.',
      expect.stringMatching(/^\.github\/workflows\/guardrail-lint\.yml runs only for pull requests that touch .* blocks pull requests forever\./),
      'CODEOWNERS does not name the required owners.',
    ]);
    expect(suggests).toEqual(['enforce', 'mend-code-owners']);

    const plan = await request(world(), situation, `${PROTECTION} enforce Only what was reviewed is merged`);
    const card = cardText(world(), situation, plan);
    for (const line of ['+   - lint', '- review of code owners: no', '+ review of code owners: yes']) expect(card).toContain(line);
    await approve(world(), ADA, situation, plan);
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    expect(repository().protection()).toEqual(before);
    await approve(world(), MARIE, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(repository().protection()).toEqual({
      ...before,
      checks: { strict: true, checks: [...checks.checks, { context: 'lint', app_id: null }] },
      reviews: { ...before.reviews, require_code_owner_reviews: true },
    });
    expect((await about(world(), plan, situation.id, 'change.verified'))[0]?.data.summary).toBe('master is protected as required');

    const owners = await remedy(world(), situation, `${PROTECTION} mend-code-owners Workflows have no owner`);
    expect(owners.status).toBe('applied');
    expect(repository().file('CODEOWNERS', repository().pulls().at(-1)?.head)).toContain(OWNERS[1]);
    const { steps: after } = await diagnose(world(), situation, PROTECTION);
    expect(after.protection?.data.summary).toBe('master is protected as required');

    await world().say(ADA, situation.room, `/bypass revert ${plan.id} Not before the release`);
    expect(await planOf(world(), situation.id)).toMatchObject({ remedy: 'mend-code-owners' });
    expect((await about(world(), plan, situation.id, 'remedy.reverted')).length).toBe(1);
    expect(repository().protection()).toEqual(before);
  });

  test('[VO-31] a gap in the governance that the investigation found is mended by a pull request', async () => {
    github().as('dora').push('master', { CODEOWNERS: '* @VaultSovereign/sovereign-ops\n' }, 'Fewer owners');
    const { findings, suggests } = await investigate(world(), situation);
    expect(findings).toContain('Governance gap: CODEOWNERS does not name security for the guardrails.');
    expect(suggests).toContain('mend-code-owners');
    const plan = await remedy(world(), situation, `${DRIFT} mend-code-owners Security has to review the guardrails`);
    expect(plan.status).toBe('applied');
    expect(cardText(world(), situation, plan)).toContain('@VaultSovereign/sovereign-ops will not own these files any more');
    const pull = repository().pulls().at(-1);
    expect(pull).toMatchObject({ title: 'Fix CODEOWNERS', state: 'open', author: 'tocsin-bot' });
    expect([...(pull?.requestedTeams ?? [])]).toContain('security');
    expect(repository().file('CODEOWNERS', pull?.head)).toBe(`* @VaultSovereign/sovereign-ops\n/${OWNERS[0]}\n`);
    expect(repository().file('CODEOWNERS')).toBe('* @VaultSovereign/sovereign-ops\n');
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data.summary).toContain(
      `Pull request #${pull?.number} is open: https://`,
    );
  });
});
