import { expect, test } from '@jest/globals';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, breakIt, commanded } from '../e2e/helpers/remedies.ts';
import type { Diagnosed } from '../e2e/helpers/runbooks.ts';
import { CONTROLS, driftEvidence, investigate, vaultmesh, workflowsEnd } from '../e2e/helpers/vaultmesh.ts';

/** The scenarios follow each other in one account: CloudTrail keeps what people did, so that changes by hand come last. */
describeWorld('VaultMesh Oracle: what a guardrail drift is', { delivery: 'http', platforms: true }, (world) => {
  /** Looks into it in an incident of its own, and ends that. */
  async function look(): Promise<Diagnosed> {
    const situation = await commanded(world(), 'P1 vaultmesh-oracle Guardrails drift');
    const seen = await investigate(world(), situation);
    await world().say(ADA, situation.room, 'resolve seen');
    await world().say(ADA, situation.room, 'close');
    return seen;
  }

  /** The verdict's summary and facts, as the evidence store has them. */
  async function verdict(): Promise<{ readonly summary: string; readonly facts: string; readonly seen: Diagnosed }> {
    const seen = await look();
    return { summary: String(seen.steps.verdict?.data.summary), facts: seen.steps.verdict?.text ?? '', seen };
  }

  const audit = () => vaultmesh(world()).aws.vaultmesh;
  const github = () => vaultmesh(world()).github;

  test('[VO-03] the four objects of the newest complete drift lie in the evidence byte for byte, and a newer incomplete one is said', async () => {
    await breakIt(world(), 'guardrail-shape-only');
    await workflowsEnd(world());
    const [complete] = driftEvidence(world());
    const ts = complete?.ts ?? '';
    const broken = audit().recordDrift({ at: Date.parse(ts) + 60_000, missing: ['diff', 'remote'] });
    const { steps, findings } = await look();
    expect(steps.evidence?.data.summary).toContain(`Drift of ${ts}`);
    expect(steps.evidence?.data.summary).toContain(`1 newer one incomplete: ${broken.timestamp} lacks remote, diff`);
    expect(findings).toContain(`The evidence of the newest drift is incomplete (so far): ${broken.timestamp} lacks remote, diff`);
    const names = [`guardrail-drift-${ts}.json`, `guardrail-local-${ts}.json`, `guardrail-remote-${ts}.json`, `guardrail-diff-${ts}.patch`];
    expect(steps.evidence?.data.files).toEqual(names);
    const { drift, local, remote, diff } = complete?.texts ?? {};
    expect(steps.evidence?.texts.slice(-4)).toEqual([drift, local, remote, diff]);
    for (const key of [broken.keys.drift, broken.keys.local]) audit().deleteObject(audit().names.auditBucket, key);
  });

  test('[VO-08] each verdict, with its confidence and the facts that led there in the record: false alarm, undecided, B, C and A', async () => {
    const alarm = await verdict();
    expect(alarm.summary).toMatch(/^False alarm: only the shape differs \(confirmed\)/);
    expect(alarm.facts).toContain('seen\tThe evidence shows no true difference, only two shapes.');
    expect(alarm.seen.suggests).not.toContain('apply-source');
    expect(alarm.seen.board).toContain('Diagnosis: Guardrail drift: false alarm');
    expect(alarm.seen.board).not.toContain('Guardrail drift detected');
    await breakIt(world(), 'guardrail-shape-only', false);
    await workflowsEnd(world());

    await breakIt(world(), 'guardrail-source-on-branch');
    await workflowsEnd(world());
    const undecided = await verdict();
    expect(undecided.summary).toBe('Undecided. Live differs from the source, and it is not known yet who changed it.');
    expect(undecided.facts).toMatch(/not seen\tCloudTrail delivers late: look again after \d{4}-/);
    await world().later(16);
    const source = await verdict();
    expect(source.summary).toMatch(/^B: .* \(likely\)\. Nobody changed it by hand, .* branch tune-guardrails of grace\.$/);
    expect(source.facts).toMatch(/The last change that CloudTrail has since \S+ is of \S+ by the pipeline/);
    expect(source.seen.findings.find((says) => says.startsWith('B: '))).toMatch(/ In live, .* (?:is|are) (?:extra|missing|different)\.$/);
    expect(source.seen.suggests).toEqual(expect.arrayContaining(['open-pull-request', 'apply-source']));
    await breakIt(world(), 'guardrail-source-on-branch', false);
    await workflowsEnd(world());

    await breakIt(world(), 'guardrail-race');
    const race = await verdict();
    expect(race.summary).toMatch(/^C: a race, benign \(confirmed\)/);
    expect(race.facts).toMatch(/HEAD has moved since the evidence’s commit, to [0-9a-f]{12}, and the source was changed between\./);
    expect(race.seen.suggests).toContain('rerun-workflow');

    await world().later(16);
    await breakIt(world(), 'guardrail-console-change');
    await workflowsEnd(world());
    const hand = await verdict();
    expect(hand.summary).toMatch(/^A: changed by hand \(.*\)\. mallory changed the live controls in the console at \S+ from 203\.0\.113\.77/);
    expect(hand.seen.findings).toContainEqual(
      expect.stringMatching(
        /^The live guardrails still differ from their source: blocked phrase “secret” was removed, .* was added, .* was removed\.$/,
      ),
    );
    expect(hand.facts).toMatch(/Live differs from the source at HEAD: 1 line more, 7 fewer\./);
    expect(hand.seen.findings[0]).toMatch(/^A: changed by hand \(\w+\)\. mallory changed/);
    expect(hand.seen.suggests).toContain('apply-source');
  });

  test('[VO-02] [VO-05] [VO-10] [VO-17] the failed run with its patch, who changed it as a table beyond five, owners and retention', async () => {
    for (const [at, by] of ['peggy', 'victor', 'trent', 'oscar', 'sybil'].entries())
      audit().startConsoleChange({ by, at: vaultmesh(world()).aws.account.now() - (60 + at) * 60_000 });
    const run = github().repository.runs().at(-1);
    const { board, steps, files, findings } = await look();
    for (const part of [`actions/runs/${run?.id}`, run?.sha.slice(0, 7), 'hedy'])
      expect(`${String(steps.run?.data.summary)} ${board}`).toContain(part);
    const patch = driftEvidence(world())[0]?.texts.diff;
    expect(patch).toMatch(/^--- local\.sorted\.json\n\+\+\+ remote\.sorted\.json\n@@ /);
    expect(steps.run?.texts).toContain(patch);
    expect(Object.entries(files).find(([name]) => name.endsWith('.log'))?.[1]).toContain('Guardrail drift detected');

    const rows = (steps.events?.text ?? '').trim().split('\n').slice(1);
    expect(rows.length).toBeGreaterThan(5);
    for (const who of ['mallory', 'peggy', 'victor', 'trent', 'oscar', 'sybil']) {
      expect(board).toContain(`who: ${who} · is: person · from: 203.0.113.77 · how: console · outcome: done`);
      expect(rows.find((row) => row.includes(`\t${who}\t`))).toMatch(/^\d{4}-\d\d-\d\dT\S+Z\t\w+\tperson\t203\.0\.113\.77\tconsole\tdone$/);
    }
    expect(rows.some((row) => row.includes('\tGitHubActions\tpipeline\t'))).toBe(true);

    expect(steps.owners?.data.summary).toBe('CODEOWNERS covers everything required; on master their review is not required');
    expect(findings.join(' ')).toContain('Governance gap: the branch protection does not require a review by code owners.');
    expect(steps.retention?.data.summary).toBe('s3://vaultmesh-audit/: versioning on, object lock off, kept forever.');
    expect(steps.retention?.text).toContain('No object lock: whoever may delete versions can delete evidence for good.');
  });

  test('[VO-04] [VO-06] the evidence’s commit against HEAD, its source against the source now, and changes that are not merged', async () => {
    const before = await look();
    const head = github().repository.head().slice(0, 7);
    expect(before.steps.head?.data.summary).toMatch(new RegExp(`^master \\(${head}, .* old\\) is ${head}$`));
    expect(before.steps.local?.data.summary).toContain('matches');

    const source = github().repository.file(CONTROLS) ?? '';
    const blocking = (phrase: string) => ({ [CONTROLS]: source.replace('"bearer token",', `"bearer token",\n      "${phrase}",`) });
    github().as('dora').push('master', blocking('magic link'), 'Guardrails: block magic links');
    github().as('grace').push('quiet-change', blocking('quiet'), 'Guardrails: quiet');
    github().as('hedy').push('proposed-change', blocking('proposed'), 'Guardrails: proposed');
    const pull = github().as('hedy').openPull('proposed-change', 'Guardrails: block what is proposed');
    const { steps, files, board } = await look();
    expect(steps.head?.data.summary).toMatch(new RegExp(`is ahead of ${head} \\(1 ahead\\); ${CONTROLS} changed between$`));
    expect(steps.local?.text).toContain('magic link');
    expect(files['local-drift.diff']).toContain('magic link');
    expect(steps.changes?.data.summary).toMatch(
      /^1 open pull request and 1 branch without one touch .*; last change [0-9a-f]{7} by dora came without/,
    );
    expect(steps.changes?.text).toMatch(new RegExp(`#${pull}\\thedy\\t.*block what is proposed\\nquiet-change\\tgrace\\t`));
    expect(board).toContain('quiet-change');
  });
});
