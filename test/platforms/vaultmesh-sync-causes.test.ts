import { expect, test } from '@jest/globals';
import { NAMES } from '../../simulators/aws/vaultmesh/names.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { breakIt, commanded, type Situation } from '../e2e/helpers/remedies.ts';
import { type Diagnosed, diagnosed } from '../e2e/helpers/runbooks.ts';
import { vaultmesh } from '../e2e/helpers/vaultmesh.ts';

const STALE = 'vaultmesh-oracle/sync-stale';

describeWorld('VaultMesh: why a sync fails', { delivery: 'http', platforms: true }, (world) => {
  let oracle: Situation | null = null;
  const aws = () => vaultmesh(world()).aws;
  const seen = () => aws().vaultmesh;
  /** A sync that has begun after all before, and has come to its end. */
  async function healthy(): Promise<void> {
    await world().later(3);
    seen().startSync({ at: aws().account.now() - aws().account.qbusiness.syncTakesMs });
  }
  async function failAgain(): Promise<void> {
    await world().later(2);
    seen().startSync({ at: aws().account.now() - aws().account.qbusiness.syncTakesMs / 2 });
  }

  /** `/sync status` in the room of an incident of the Oracle. */
  async function look(): Promise<Diagnosed> {
    oracle ??= await commanded(world(), 'P2 vaultmesh-oracle The knowledge base is stale');
    return diagnosed(world(), oracle, '/sync status', STALE);
  }

  test('[VO-20] [VO-21] the last 5 jobs as a table, and the newest one’s execution id, status and error, shown and kept', async () => {
    await breakIt(world(), 'sync-access-denied');
    const { board, steps, findings } = await look();
    const [newest, ...older] = seen().syncJobs().slice(0, 5);
    expect(older).toHaveLength(4);
    const [heading = '', ...rows] = (steps.jobs?.text ?? '').trim().split('\n');
    expect(heading.split('\t').slice(0, 3)).toEqual(['started', 'took', 'status']);
    expect(rows.map((row) => row.split('\t').at(-1))).toEqual([newest, ...older].map((job) => job?.executionId));
    for (const job of [newest, ...older]) expect(board).toContain(job?.executionId);

    expect(newest?.status).toBe('FAILED');
    expect(rows[0]).toMatch(/\tFAILED\t.*\tInvalidRequest\/AccessDenied: Access Denied: the role /);
    expect(findings.join('\n')).toContain(`The newest sync ${newest?.executionId} is FAILED. Likely cause: permissions.`);
    expect(findings.join('\n')).toContain(newest?.error?.errorMessage);
    expect(steps.jobs?.texts.join('\n')).toContain(newest?.error?.errorMessage);
    await breakIt(world(), 'sync-access-denied', false);
    await healthy();
  });

  test.each([
    [
      'sync-access-denied',
      'permissions',
      /not authorized to perform s3:GetObject on the bucket vaultmesh-knowledge-base/,
      /Add to the policy of the role \S+: \{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::vaultmesh-knowledge-base\/\*"\}/,
      [],
    ],
    [
      'sync-timeout',
      'document-or-timeout',
      /timed out: the document s3:\/\/vaultmesh-knowledge-base\/archive\/full-export\.json of 188743680 bytes/,
      /The document archive\/full-export\.json is too large\. A new sync will fail again until the document is removed from the bucket/,
      [],
    ],
    ['sync-throttled', 'throttling', /ThrottlingException: Rate exceeded/, /Wait until \d{4}-\d\d-\d\dT\d\d:\d\d:00Z, then start it/, ['start-sync']],
  ])('[VO-23] %s: the cause is %s, with what mends it', async (fault, cause, words, advice, remedies) => {
    await breakIt(world(), fault);
    const { steps, findings, suggests } = await look();
    expect(steps.jobs?.data.summary).toContain(`1 failure in a row, likely ${cause}.`);
    expect(findings.join('\n')).toMatch(new RegExp(`Likely cause: ${cause}\\. It says: .*${words.source}`));
    expect(findings.join('\n')).toMatch(advice);
    expect(suggests).toEqual(remedies);
    await breakIt(world(), fault, false);
    await healthy();
  });

  test('[VO-23] a connector that reads a bucket which is not there: the cause is the connector', async () => {
    const source = seen().dataSource();
    const { configuration } = source;
    source.configuration = { ...configuration, connectionConfiguration: { repositoryEndpointMetadata: { BucketName: 'vaultmesh-knowledge-bse' } } };
    await failAgain();
    const { findings } = await look();
    expect(findings.join('\n')).toMatch(/Likely cause: connector\. It says: The bucket vaultmesh-knowledge-bse does not exist/);
    source.configuration = configuration;
    await healthy();
    expect((await look()).steps.jobs?.data.summary).toMatch(/^docs: the newest sync is SUCCEEDED; last success \S+ \w+ ago\.$/);
  });

  test('[VO-22] the knowledge bucket can be listed or not, and the role of the data source may read it or not', async () => {
    const rows = (one: Diagnosed) => Object.fromEntries((one.steps.access?.text ?? '').split('\n').map((row) => row.split('\t')));
    const before = await look();
    expect(rows(before)).toMatchObject({
      'Tocsin can list the bucket': 'yes',
      'the role may list the bucket': 'yes',
      'the role may read its objects': 'yes',
    });
    await breakIt(world(), 'sync-access-denied');
    aws().failures.add({ service: 's3', operation: 'ListObjectsV2', status: 403, code: 'AccessDenied', message: 'Access Denied', times: 5 });
    const after = await look();
    aws().failures.clear();
    expect(rows(after)).toMatchObject({ 'Tocsin can list the bucket': 'no', 'the role may read its objects': 'no' });
    const found = after.findings.join('\n');
    expect(found).toContain('Tocsin cannot list s3://vaultmesh-knowledge-base');
    expect(found).toContain(`The role ${NAMES.role} may not read objects of s3://vaultmesh-knowledge-base (s3:GetObject)`);
    await breakIt(world(), 'sync-access-denied', false);
    await healthy();
  });

  test('[VO-27] the bucket’s policy and the role’s trust are judged, and both lie in the evidence', async () => {
    const { account } = aws();
    const role = account.iam.roles.get(NAMES.role);
    const bucket = account.bucketSettings.get(NAMES.knowledgeBucket);
    if (role === undefined || bucket === undefined) throw new Error('The account is not as it was seeded.');
    const { trust } = role;
    const { policy } = bucket;
    const good = await look();
    expect(good.steps.access?.text).toContain('Q Business may assume the role\tyes');
    expect(good.steps.access?.data.files).toEqual([`role-${NAMES.role}.json`, `bucket-policy-${NAMES.knowledgeBucket}.json`]);
    expect(good.steps.access?.texts.join('\n')).toContain('DenyInsecureTransport');
    expect(good.findings.join('\n')).not.toContain('lacks permissions');

    role.trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    bucket.policy = {
      Version: '2012-10-17',
      Statement: [{ Sid: 'NoReaders', Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${NAMES.knowledgeBucket}/*` }],
    };
    const bad = await look();
    expect(bad.steps.access?.text).toContain('Q Business may assume the role\tno');
    expect(bad.steps.access?.text).toContain('the role may read its objects\tno');
    expect(bad.findings.join('\n')).toMatch(/The connector lacks permissions\. .*The bucket’s policy denies it: .*NoReaders/);
    role.trust = trust;
    if (policy !== undefined) bucket.policy = policy;
  });

  test('[VO-25] [VQ-10] errors of the data source’s log as a table, and the whole log in the evidence', async () => {
    await breakIt(world(), 'sync-access-denied');
    const { steps, board } = await look();
    expect(steps.logs?.data.summary).toMatch(/^[1-9]\d* errors? in \d+ lines of the last 2 d, the newest: .*s3:GetObject/);
    expect(board).toContain('Log of the syncs');
    const situation = await commanded(world(), 'P2 vaultmesh-qbusiness Syncs fail');
    const asked = await diagnosed(world(), situation, '/sync logs', 'vaultmesh-qbusiness/sync-logs');
    expect(asked.findings.join('\n')).toMatch(/^The newest error: .*is not authorized to perform s3:GetObject/);
    const lines = (asked.steps.logs?.texts[0] ?? '').trim().split('\n');
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.some((line) => line.includes(`${NAMES.dataSourceId}/${seen().syncJobs()[0]?.executionId}`))).toBe(true);
    expect(lines.some((line) => line.includes(NAMES.reportsDataSourceId))).toBe(false);
    expect(asked.steps.logs?.texts[1]).toMatch(/^when\terror\tstream\n\d{4}-\S+Z\t/);
    expect(Object.values(asked.files)).toContain(asked.steps.logs?.texts[0]);
    const other = await diagnosed(world(), situation, '/sync logs reports', 'vaultmesh-qbusiness/sync-logs');
    expect(other.findings).toEqual(['No errors for reports within 24 hours.']);
    expect(other.steps.logs?.texts[0]).toContain(NAMES.reportsDataSourceId);
    await breakIt(world(), 'sync-access-denied', false);
    await healthy();
  });

  test('[VO-28] after more than 3 failures: the text of a case for AWS Support with every execution id, and the link to the health page', async () => {
    await breakIt(world(), 'sync-access-denied');
    await failAgain();
    await failAgain();
    const three = await look();
    expect(three.steps.support?.data.summary).toBe('3 failures in a row: not more than 3, so no case for AWS Support yet.');
    expect(three.steps.support?.texts).toEqual([]);
    await failAgain();
    const { steps, findings, files, board } = await look();
    const ids = seen()
      .syncJobs()
      .slice(0, 4)
      .map(({ executionId }) => executionId);
    expect(findings.join('\n')).toMatch(/More than 3 failures in a row: ask AWS Support\. .* https:\/\/health\.aws\.amazon\.com\//);
    expect(board).toContain('https://health.aws.amazon.com/');
    const text = steps.support?.text ?? '';
    for (const id of ids) expect(text).toContain(`- ${id}  FAILED`);
    for (const id of [NAMES.applicationId, NAMES.indexId, NAMES.dataSourceId]) expect(text).toContain(id);
    expect(files['support-support-case.txt']).toBe(text);
    await breakIt(world(), 'sync-access-denied', false);
    await healthy();
  });

  test('[VO-29] the secret ALERT_SNS_TOPIC_ARN is missing or there, by its name only', async () => {
    const missing = await look();
    expect(missing.findings).toContain('The secret ALERT_SNS_TOPIC_ARN is not configured, so the workflow alerts nobody.');
    vaultmesh(world()).github.repository.setSecret('ALERT_SNS_TOPIC_ARN', true);
    const there = await look();
    expect(there.findings.join('\n')).not.toContain('ALERT_SNS_TOPIC_ARN');
    expect(missing.steps.secret?.data.summary).toBe('Not configured in VaultSovereign/vmq-oracle: ALERT_SNS_TOPIC_ARN');
    expect(there.steps.secret?.data.summary).toBe('ALERT_SNS_TOPIC_ARN: configured');
  });

  test('[VO-26] how the live connector differs from its source at HEAD, as a diff', async () => {
    const same = await look();
    expect(same.steps.connector?.data.summary).toBe('The connector of docs matches its source.');
    const source = seen().dataSource();
    const { configuration } = source;
    source.configuration = { ...configuration, syncMode: 'FORCED_FULL_CRAWL' };
    const { steps, findings, files, suggests } = await look();
    expect(findings).toContain('The configuration of the connector differs from its source.');
    expect(suggests).toContain('update-connector');
    const diff = steps.connector?.texts[0] ?? '';
    expect(diff).toMatch(/^--- the source\n\+\+\+ what is live\n/);
    expect(diff).toMatch(/-.*FULL_CRAWL/);
    expect(diff).toMatch(/\+.*FORCED_FULL_CRAWL/);
    expect(files['connector-connector-docs.diff']).toBe(diff);
    source.configuration = configuration;
  });
});
