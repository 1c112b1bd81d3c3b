import { expect, test } from '@jest/globals';
import { describeWorld } from '../e2e/helpers/each.ts';
import {
  ADA,
  approve,
  breakIt,
  commanded,
  incidentOf,
  MARIE,
  messageWith,
  nothingChanged,
  planOf,
  request,
  type Situation,
} from '../e2e/helpers/remedies.ts';
import { about, cardText, remedy, stored } from '../e2e/helpers/runbooks.ts';
import {
  ALERTS,
  alertCards,
  blockPhrase,
  DRIFT,
  driftEvidence,
  investigate,
  OPERATIONS,
  tagsOf,
  vaultmesh,
  workflowsEnd,
} from '../e2e/helpers/vaultmesh.ts';
import { lastTold, readable } from '../e2e/helpers/world.ts';

/** Scenario A from its discovery to its end, in one incident; the chapters follow each other. */
describeWorld('VaultMesh Oracle: somebody changed the guardrails in the console', { delivery: 'http', platforms: true }, (world) => {
  let situation: Situation;
  const aws = () => vaultmesh(world()).aws;

  test('[VO-09] two people apply the source of truth: the exact difference before, what is live read back and equal after; it can be put back', async () => {
    await breakIt(world(), 'guardrail-console-change');
    await workflowsEnd(world());
    situation = await commanded(world(), 'P1 vaultmesh-oracle Guardrails drift');
    expect((await investigate(world(), situation)).suggests).toContain('apply-source');
    const drifted = structuredClone(aws().vaultmesh.chatControls());
    await world().say(ADA, situation.room, '/drift apply mallory changed them by hand');
    const plan = await planOf(world(), situation.id);
    expect(plan).toMatchObject({ risk: 'destructive', status: 'waiting', needs: ['incident-commander', 'security'] });
    const card = cardText(world(), situation, plan);
    const words = 'blocked phrase “project nightjar” is removed, blocked phrase “secret” is added, topic “confidential-business-info” is added';
    expect(card).toContain(`Makes the chat controls of assistant match the source: ${words}`);
    const { channel = '' } = await world().slack.as(MARIE).openDirect();
    const asked = readable(world().slack.messages(channel).at(-1) ?? { text: '' });
    for (const part of [words, 'The live guardrails still differ from their source: blocked phrase “secret” was removed,'])
      expect(asked).toContain(part);
    for (const line of [/\\n- blocked phrase: .*project nightjar/, /\\n\+ blocked phrase: .*secret/, /\\n\+ topic confidential-business-info/])
      expect(card).toMatch(line);
    await approve(world(), ADA, situation, plan);
    expect(lastTold(world(), ADA)).toContain('Still needed from somebody else');
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    expect(aws().vaultmesh.chatControls()).toEqual(drifted);

    await approve(world(), MARIE, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(aws().vaultmesh.isInSync()).toBe(true);
    const records = (await stored(world(), situation.id)).filter(({ data }) => data.plan === plan.id);
    const before = records.find(({ type, data }) => type === 'evidence.captured' && data.phase === 'before' && data.step === 'controls');
    expect(before?.texts.join()).toContain('project nightjar');
    expect(before?.seq).toBeLessThan(records.find(({ type }) => type === 'change.intended')?.seq ?? 0);
    const applied = records.find(({ type }) => type === 'change.applied');
    expect(applied?.data.summary).toBe('The chat controls of assistant match the source, read back: 9 blocked phrases, 2 topics.');
    expect(records.find(({ type }) => type === 'change.verified')?.data).toMatchObject({
      passed: true,
      summary: 'Live matches 02-qbusiness/guardrails/topic-controls.json.',
    });

    await world().say(ADA, situation.room, `/bypass revert ${plan.id} It was wanted after all`);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'reverted' });
    expect(aws().vaultmesh.chatControls()).toMatchObject({ blockedPhrases: { blockedPhrases: expect.arrayContaining(['project nightjar']) } });
    const again = await request(world(), situation, `${DRIFT} apply-source It was not`);
    await approve(world(), MARIE, situation, again);
    expect(aws().vaultmesh.isInSync()).toBe(true);
  });

  test('[VO-16] the drift evidence is tagged with the incident, and keeps the tags that it has', async () => {
    const { ts = '' } = driftEvidence(world())[0] ?? {};
    const { auditBucket } = aws().vaultmesh.names;
    const bucket = aws().account.s3.buckets.get(auditBucket);
    for (const { key, versionId } of aws()
      .vaultmesh.objects(auditBucket, 'audit/drift/')
      .filter(({ key }) => key.includes(ts)))
      bucket?.tag(key, versionId, [['team', 'security']]);
    const plan = await remedy(world(), situation, `${DRIFT} tag-evidence For the auditors`);
    expect(plan.status).toBe('applied');
    const tags = { team: 'security', incident_id: situation.id };
    expect(tagsOf(world(), ts)).toEqual({ drift: tags, local: tags, remote: tags, diff: tags });
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data.summary).toBe(`Tagged 4 objects with incident_id=${situation.id}.`);
  });

  test('[VO-11] a rule, its target and the topic’s policy are made; from then on a change in the console is an alert within minutes', async () => {
    const { events, sns } = aws().account;
    const { topicArn } = aws().vaultmesh.names;
    const policy = structuredClone(sns.topics.get(topicArn)?.policy);
    const plan = await remedy(world(), situation, `${DRIFT} alert-on-changes Nobody was told`);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    const rule = events.rules.get('tocsin-chat-control-changes');
    expect(rule).toMatchObject({ state: 'ENABLED', pattern: { detail: { eventName: ['UpdateChatControlsConfiguration'] } } });
    expect([...(rule?.targets.values() ?? [])]).toEqual([expect.objectContaining({ Arn: topicArn })]);
    const statements = sns.topics.get(topicArn)?.policy.Statement;
    expect(statements).toEqual(expect.arrayContaining([policy?.Statement ?? []].flat()));
    expect(JSON.stringify(statements)).toContain('events.amazonaws.com');
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data.summary).toContain('now catches UpdateChatControlsConfiguration');
    expect((await investigate(world(), situation)).findings.join(' ')).not.toContain('Nobody is alerted');
    await world().say(ADA, situation.room, `/runbook run ${DRIFT} alert-on-changes Once more`);
    expect(Object.values((await incidentOf(world(), situation.id)).plans).at(-1)?.id).toBe(plan.id);

    const cards = alertCards(world()).length;
    aws().vaultmesh.startConsoleChange({ by: 'mallory', at: aws().account.now() });
    await aws().settle();
    await world().settled();
    const card = () => readable(alertCards(world()).at(-1) ?? { text: '' });
    expect(alertCards(world())).toHaveLength(cards + 1);
    expect(card()).toContain('P1 alert: Guardrails changed outside of their source');
    expect(card()).toMatch(/mallory called UpdateChatControlsConfiguration on <!date[^>]+> from 203\.0\.113\.77/);
    await world().later(2);
    const opened = (await stored(world(), 'system')).findLast(({ type }) => type === 'alert.opened');
    expect(opened?.data).toMatchObject({ source: 'sns', runbook: DRIFT, severity: 'P1' });
    expect(readable(messageWith(world(), ALERTS, 'it is now active'))).toContain('mallory called');
    expect(card()).toContain(situation.id);

    const last = await request(world(), situation, `${DRIFT} apply-source Again by hand`);
    await approve(world(), MARIE, situation, last);
    await world().later(2);
    expect(aws().vaultmesh.isInSync()).toBe(true);
    expect(card()).toContain('Recovered');
  });

  test('[VO-05] [VO-08] who changed it before both were last the same is named as older, and not blamed for what changed since', async () => {
    const drift = async () => {
      vaultmesh(world()).github.repository.schedule('guardrail-drift.yml');
      await workflowsEnd(world());
    };
    await drift();
    blockPhrase(world(), 'unseen');
    await drift();
    const { steps } = await investigate(world(), situation);
    expect(steps.verified?.data.summary).toMatch(/^Live last matched the source at .*, by a run that passed\.$/);
    expect(steps.verdict?.data.summary).toBe('Undecided. Live differs from the source, and it is not known yet who changed it.');
    expect(steps.verdict?.text).toMatch(/seen\tmallory changed them at .*: that was before both were the same, so it explains nothing\./);
    blockPhrase(world(), 'unseen', false);
    await drift();
  });

  test('[VO-15] [VO-18] the root cause is recorded, and the resolution is told in the operations channel with its timeline and where the evidence is', async () => {
    const cause = 'mallory changed the guardrails in the console; their source is applied again';
    await world().say(ADA, situation.room, `resolve ${cause}`);
    expect((await incidentOf(world(), situation.id)).resolution).toBe(cause);
    expect((await stored(world(), situation.id)).findLast(({ type }) => type === 'incident.resolved')).toMatchObject({
      actor: { id: ADA },
      data: { summary: cause },
    });
    const told = readable(messageWith(world(), OPERATIONS, situation.id, 'Resolved'));
    for (const part of [cause, '*Declared*', '*Acknowledged*', '*Resolved*', 'Apply the source of truth', `incidents/${situation.id}/`])
      expect(told).toContain(part);
    expect(told).toMatch(/<!date\^\d+\^/);
  });
});
