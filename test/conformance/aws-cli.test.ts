import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AwsSimulator, startAwsSimulator } from '../../simulators/aws/index.ts';
import { type Ran, run } from './helpers/program.ts';

/** The commands below are the runbooks' own, letter by letter; only their placeholders are set. */
const PRELUDE = 'set -eo pipefail; aws() { command aws --endpoint-url "$ENDPOINT" "$@"; };';
const INSTALL = 'pip install awscli';

let simulator: AwsSimulator;
let folder: string;
let timestamp: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aws-cli-'));
  simulator = await startAwsSimulator();
  simulator.vaultmesh.startConsoleChange({ by: 'mallory' });
  timestamp = simulator.vaultmesh.recordDrift().timestamp;
  await run('aws', ['--version'], { environment: {}, install: INSTALL });
});

afterAll(async () => {
  await simulator?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function shell(command: string): Promise<Ran> {
  const { names } = simulator.vaultmesh;
  const environment = {
    ...simulator.environment(),
    ENDPOINT: simulator.url,
    REGION: simulator.region,
    AUDIT_BUCKET: names.auditBucket,
    APP_ID: names.applicationId,
    INDEX_ID: names.indexId,
    DS_ID: names.dataSourceId,
    FOLDER: folder,
    AWS_PAGER: '',
  };
  return await run('bash', ['-c', `${PRELUDE} cd "$FOLDER"; ${command.replaceAll('TIMESTAMP', timestamp)}`], {
    environment,
    install: 'apt install bash',
  });
}

/** What a command prints; it must work. */
async function says(command: string): Promise<string> {
  const { code, stdout, stderr } = await shell(command);
  if (code !== 0) throw new Error(`${command} ends with ${code} (the AWS command line is needed: ${INSTALL}): ${stderr}`);
  return stdout;
}

describe('Oracle: guardrail drift', () => {
  test('the newest evidence is listed and fetched', async () => {
    const listed = await says('aws s3 ls "s3://${AUDIT_BUCKET}/audit/drift/" --region $REGION | tail -n 4');
    expect(listed.trim().split('\n')).toHaveLength(4);
    expect(listed).toContain(`guardrail-remote-${timestamp}.json`);
    await says('aws s3 cp "s3://${AUDIT_BUCKET}/audit/drift/guardrail-drift-TIMESTAMP.json" ./');
    await says('aws s3 cp "s3://${AUDIT_BUCKET}/audit/drift/guardrail-local-TIMESTAMP.json" ./');
    await says('aws s3 cp "s3://${AUDIT_BUCKET}/audit/drift/guardrail-remote-TIMESTAMP.json" ./');
    await says('aws s3 cp "s3://${AUDIT_BUCKET}/audit/drift/guardrail-diff-TIMESTAMP.patch" ./');
    const drift = JSON.parse(await readFile(join(folder, `guardrail-drift-${timestamp}.json`), 'utf8')) as { git_sha: string };
    expect(drift.git_sha).toMatch(/^[0-9a-f]{40}$/);
    expect(await readFile(join(folder, `guardrail-diff-${timestamp}.patch`), 'utf8')).toContain('+      "project nightjar",');
  });

  test('CloudTrail says who changed the controls', async () => {
    const table = await says(`aws cloudtrail lookup-events --region $REGION \
      --lookup-attributes AttributeKey=EventName,AttributeValue=UpdateChatControlsConfiguration \
      --max-results 5 --query 'Events[*].[EventTime,Username]' --output table`);
    expect(table).toContain('mallory');
    expect(table).toContain('GitHubActions');
  });

  test('the controls are read and the source applied', async () => {
    expect(await says('aws qbusiness get-chat-controls-configuration --region $REGION --application-id $APP_ID')).toContain('project nightjar');
    const source = simulator.vaultmesh.source().replace('${APP_ID}', simulator.vaultmesh.names.applicationId);
    await writeFile(join(folder, 'topic-controls.json'), source);
    await says('aws qbusiness update-chat-controls-configuration --region $REGION --cli-input-json file://topic-controls.json');
    // The update merges: what the source does not have is still there.
    expect(simulator.vaultmesh.chatControls().blockedPhrases.blockedPhrases).toEqual(expect.arrayContaining(['secret', 'project nightjar']));
  });

  test('evidence is tagged with the incident', async () => {
    await says(`aws s3api put-object-tagging --bucket "\${AUDIT_BUCKET}" \
      --key "audit/drift/guardrail-drift-TIMESTAMP.json" \
      --tagging "TagSet=[{Key=incident_id,Value=INC-2025-XXX}]"`);
    const [object] = simulator.vaultmesh.objects(simulator.vaultmesh.names.auditBucket, `audit/drift/guardrail-drift-${timestamp}`);
    expect(object?.tags).toEqual({ incident_id: 'INC-2025-XXX' });
  });
});

describe('Oracle: sync failed for 24 hours', () => {
  test('the last jobs are shown as a table', async () => {
    const table = await says(`aws qbusiness list-data-source-sync-jobs \
      --region $REGION --application-id $APP_ID \
      --index-id $INDEX_ID --data-source-id $DS_ID \
      --max-results 5 --output table`);
    expect(table).toContain('SUCCEEDED');
  });

  test("the newest job's error is asked for by a name that it does not have", async () => {
    await simulator.faults.set('sync-access-denied', true);
    const command = `aws qbusiness list-data-source-sync-jobs \
      --region $REGION --application-id $APP_ID \
      --index-id $INDEX_ID --data-source-id $DS_ID \
      --max-results 1 --query 'history[0].[executionId,status,errorMessage]' --output table`;
    const table = await says(command);
    expect(table).toContain('FAILED');
    expect(table).toContain('None');
    expect(await says(command.replace('errorMessage', 'error.errorMessage'))).toContain('s3:GetObject');
    await simulator.faults.set('sync-access-denied', false);
  });

  test('the knowledge bucket can be listed', async () => {
    const listed = await says('aws s3 ls s3://vaultmesh-knowledge-base/ --region $REGION');
    expect(listed).toMatch(/PRE _staging\//);
    expect(listed).toMatch(/\d README\.md/);
  });

  test('a sync is started and watched', async () => {
    const started = await says('aws qbusiness start-data-source-sync-job --application-id $APP_ID --index-id $INDEX_ID --data-source-id $DS_ID');
    expect(JSON.parse(started)).toEqual({ executionId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const status = await says(
      'aws qbusiness list-data-source-sync-jobs --region $REGION --application-id $APP_ID --index-id $INDEX_ID --data-source-id $DS_ID --max-results 1 --query "history[0].status"',
    );
    expect(JSON.parse(status)).toBe('SYNCING');
    const again = await shell('aws qbusiness start-data-source-sync-job --application-id $APP_ID --index-id $INDEX_ID --data-source-id $DS_ID');
    expect(again.code).toBeGreaterThan(0);
    expect(again.stderr).toContain('ConflictException');
    await says('aws qbusiness stop-data-source-sync-job --application-id $APP_ID --index-id $INDEX_ID --data-source-id $DS_ID');
  });
});

describe('Q Business: what its steps come to', () => {
  test('a previous version is restored', async () => {
    const { knowledgeBucket } = simulator.vaultmesh.names;
    const list = `aws s3api list-object-versions --bucket ${knowledgeBucket} --prefix handbook/vacation.md`;
    const { Versions } = JSON.parse(await says(list)) as { Versions: { VersionId: string; IsLatest: boolean }[] };
    expect(Versions.map(({ IsLatest }) => IsLatest)).toEqual([true, false, false]);
    const source = `${knowledgeBucket}/handbook/vacation.md?versionId=${Versions[1]?.VersionId}`;
    await says(`aws s3api copy-object --bucket ${knowledgeBucket} --key handbook/vacation.md --copy-source '${source}'`);
    const [restored] = simulator.vaultmesh.objects(knowledgeBucket, 'handbook/vacation.md');
    expect(restored?.text).toContain('30 days');
  });

  test('documents are put by a sync of folders, in parts where they are large', async () => {
    await writeFile(join(folder, 'large.md'), Buffer.alloc(9 * 1024 * 1024, 'text '));
    await says('aws s3 cp large.md s3://vaultmesh-knowledge-base/large.md');
    const [large] = simulator.vaultmesh.objects('vaultmesh-knowledge-base', 'large.md');
    expect([large?.size, large?.etag]).toEqual([9 * 1024 * 1024, expect.stringMatching(/-2"$/)]);
    await says('aws s3 rm s3://vaultmesh-knowledge-base/large.md');
    expect(simulator.vaultmesh.objects('vaultmesh-knowledge-base', 'large.md')).toEqual([]);
  });

  test('alarms, logs and the role are read', async () => {
    const { names } = simulator.vaultmesh;
    expect(await says(`aws cloudwatch describe-alarms --alarm-names ${names.alarm} --query 'MetricAlarms[0].StateValue'`)).toContain('OK');
    expect(await says(`aws logs filter-log-events --log-group-name ${names.logGroup} --filter-pattern ERROR`)).toContain('events');
    expect(await says(`aws iam get-role --role-name ${names.role} --query Role.AssumeRolePolicyDocument`)).toContain('qbusiness.amazonaws.com');
    expect(await says('aws sts get-caller-identity --query Arn')).toContain(':user/admin');
  });
});
