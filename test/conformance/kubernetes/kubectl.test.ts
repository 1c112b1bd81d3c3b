import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type KubernetesSimulator, startKubernetesSimulator } from '../../../simulators/kubernetes/index.ts';
import { BUILD_LIMIT, buildPrograms } from '../../helpers/kubernetes/build.ts';

/*
 * The literal kubectl commands of the AUREUS and SARK runbooks, run by the real kubectl. `-it` is left out where no terminal is needed
 * (without one kubectl warns and goes on). Commands that cannot work on any cluster are run as well and must fail as they do there.
 */

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let simulator: KubernetesSimulator;
let home: string;
let programs: string;

beforeAll(async () => {
  programs = await buildPrograms();
  home = await mkdtemp(join(tmpdir(), 'tocsin-kubectl-'));
  simulator = await startKubernetesSimulator();
  await writeFile(join(home, 'config'), simulator.kubeconfig(), { mode: 0o600 });
}, BUILD_LIMIT);
afterAll(async () => {
  await simulator?.stop();
  await rm(home, { recursive: true, force: true });
});

function run(args: readonly string[], options: { input?: string; editor?: string } = {}): Promise<Ran> {
  // oxlint-disable-next-line node/no-process-env
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: join(home, 'config'), KUBE_EDITOR: options.editor ?? 'false' };
  return new Promise((resolve, reject) => {
    const child = execFile(join(programs, 'kubectl'), args, { env, timeout: 45_000, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(new Error(`kubectl did not run: ${error.message}`));
      else resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.end(options.input ?? '');
  });
}

/** A command line of a runbook, without quotes in it. */
async function kubectl(line: string, options?: { input?: string }): Promise<string> {
  const { code, stdout, stderr } = await run(line.split(' '), options);
  if (code !== 0) throw new Error(`kubectl ${line} gave ${code}: ${stderr}`);
  return stdout;
}

/** Gives the cluster a while, since kubectl's own commands do not wait for everything. */
async function until(check: () => Promise<boolean> | boolean): Promise<void> {
  for (let left = 100; left > 0; left -= 1) {
    if (await check()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  throw new Error('It did not happen within 10 s.');
}

const faults = (id: string): boolean => simulator.faults.list().some((fault) => fault.id === id && fault.active);
const FRONTEND = ['exec', '-n', 'aureus', 'deployment/aureus-frontend', '--'];

describe('AUREUS', () => {
  test('acknowledge and assess', async () => {
    const pods = (await kubectl('get pods -n aureus')).split('\n');
    expect(pods[0]).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE$/);
    expect(pods.filter((line) => line.includes('1/1 ') && line.includes('Running'))).toHaveLength(7);
    expect((await run(['get', 'events', '-n', 'aureus', '--sort-by=.lastTimestamp'])).code).toBe(0);
    expect((await kubectl('logs -n aureus -l app=aureus,component=frontend --tail=100')).split('\n').length).toBeGreaterThan(100);
  });

  test('scenario 1: down after a bad release, restarted in vain, rolled back', async () => {
    expect(await kubectl('get pods -n aureus -l component=frontend')).toContain('3h');
    expect(await kubectl('describe deployment aureus-frontend -n aureus')).toMatch(/Available +True +MinimumReplicasAvailable/);
    await simulator.faults.set('frontend-down', true);
    await until(async () => (await kubectl('get pods -n aureus -l component=frontend')).match(/CrashLoopBackOff/g)?.length === 3);
    expect(await kubectl('logs -n aureus -l component=frontend --tail=200')).toContain('relation \\"evidence_index_v3\\" does not exist');
    expect(await kubectl('logs -n aureus -l component=frontend --all-containers=true')).toContain('running migration 0042_evidence_index');
    // Since 1.33 kubectl leaves the events of several pods out unless it is told.
    expect(await kubectl('describe pods -n aureus -l component=frontend --show-events=true')).toMatch(
      /Back-off restarting failed container frontend/,
    );
    expect(await kubectl('get events -n aureus --sort-by=.lastTimestamp')).toContain('BackOff');
    expect(await kubectl('rollout restart deployment/aureus-frontend -n aureus')).toBe('deployment.apps/aureus-frontend restarted\n');
    // The restart is revision 3, with the same image: the good template is two back.
    await until(async () => /1 .*\n2 .*\n3 /.test(await kubectl('rollout history deployment/aureus-frontend -n aureus')));
    expect(await kubectl('rollout undo deployment/aureus-frontend -n aureus --to-revision=1')).toBe('deployment.apps/aureus-frontend rolled back\n');
    expect(await kubectl('rollout status deployment/aureus-frontend -n aureus')).toContain('successfully rolled out');
    expect(faults('frontend-down')).toBe(false);
    expect(await kubectl('scale deployment/aureus-frontend -n aureus --replicas=5')).toBe('deployment.apps/aureus-frontend scaled\n');
    expect(await kubectl('rollout status deployment/aureus-frontend -n aureus')).toContain('successfully rolled out');
  });

  test('scenario 2: connections', async () => {
    await simulator.faults.set('postgres-connections-exhausted', true);
    expect(await kubectl('get pods -n aureus -l component=postgres')).toContain('aureus-postgres-0');
    // `curl postgres://` is no protocol of curl: exit 1 on every cluster.
    expect(await run([...FRONTEND, 'curl', 'postgres://aureus-postgres:5432'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Protocol "postgres" not supported'),
    });
    expect(await kubectl('logs -n aureus -l component=postgres --tail=100')).toContain('LOG:');
    const psql = ['psql', '-U', 'aureus', '-d', 'aureus_metadata', '-c'];
    const count = 'SELECT count(*) FROM pg_stat_activity;';
    // `exec -l` does not exist: exec runs in one pod.
    expect(await run(['exec', '-it', '-n', 'aureus', '-l', 'component=postgres', '--', ...psql, count])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("unknown shorthand flag: 'l' in -l"),
    });
    const inPod = ['exec', '-n', 'aureus', 'aureus-postgres-0', '--', ...psql];
    // Each frontend keeps its own; how many there are is the autoscaler's, which takes away what scenario 1 has added.
    const [, open = '0'] = / (\d+)\n\(1 row\)/.exec((await run([...inPod, count])).stdout) ?? [];
    expect(Number(open)).toBeGreaterThan(60);
    const idle = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \n   WHERE state = 'idle' AND state_change < NOW() - INTERVAL '10 minutes';";
    expect((await run([...inPod, idle])).stdout).toMatch(/\n t\n/);
    expect(faults('postgres-connections-exhausted')).toBe(false);
    expect(await kubectl('scale deployment/aureus-frontend -n aureus --replicas=1')).toContain('scaled');
    // The autoscaler does not let it stay at 1.
    await until(async () => (await kubectl('get deployment aureus-frontend -n aureus -o jsonpath={.spec.replicas}')) === '3');
    expect(await kubectl('get events -n aureus')).toContain('SuccessfulRescale');
    expect(await kubectl('scale deployment/aureus-frontend -n aureus --replicas=3')).toContain('scaled');
    const uid = await kubectl('get pod aureus-postgres-0 -n aureus -o jsonpath={.metadata.uid}');
    expect(await kubectl('rollout restart statefulset/aureus-postgres -n aureus')).toBe('statefulset.apps/aureus-postgres restarted\n');
    expect(await kubectl('rollout status statefulset/aureus-postgres -n aureus')).toContain('complete');
    expect(await kubectl('get pod aureus-postgres-0 -n aureus -o jsonpath={.metadata.uid}')).not.toBe(uid);
  });

  test('scenario 3: evidence volume', async () => {
    await simulator.faults.set('evidence-volume-full', true);
    expect(await kubectl('get pvc -n aureus')).toMatch(/aureus-evidence-pvc +Bound +pvc-\S+ +50Gi +RWX +fast/);
    expect((await run([...FRONTEND, 'df', '-h', '/app/evidence'])).stdout).toMatch(/100% \/app\/evidence/);
    // No shell expands the star inside a pod; the runbook's own shell has no such files.
    expect(await run([...FRONTEND, 'du', '-sh', '/app/evidence/*'])).toMatchObject({ code: 1 });
    const grow = ['patch', 'pvc', 'aureus-evidence-pvc', '-n', 'aureus', '-p', '{"spec":{"resources":{"requests":{"storage":"100Gi"}}}}'];
    expect((await run(grow)).stdout).toBe('persistentvolumeclaim/aureus-evidence-pvc patched\n');
    await until(() => !faults('evidence-volume-full'));
    const fixed = await run(grow.map((word) => (word === 'aureus-evidence-pvc' ? 'data-aureus-postgres-0' : word)));
    expect(fixed).toMatchObject({ code: 1, stderr: expect.stringContaining('only dynamically provisioned pvc can be resized') });
    expect((await run([...FRONTEND, 'find', '/app/evidence', '-type', 'f', '-mtime', '+90', '-delete'])).code).toBe(0);
    expect((await run([...FRONTEND, 'find', '/app/evidence', '-type', 'f', '-mtime', '+90'])).stdout).toBe('');
  });

  test('scenario 4: policy engine and its bypass', async () => {
    await simulator.faults.set('policy-engine-down', true);
    await until(async () => (await kubectl('get pods -n aureus -l component=policy-engine')).match(/0\/1 +Running/g)?.length === 2);
    await until(async () => /policy/i.test(await kubectl('logs -n aureus -l component=frontend --tail=100')));
    const probe = [
      ...FRONTEND,
      'curl',
      '-X',
      'POST',
      'http://localhost:5000/api/policy/evaluate',
      '-d',
      '{"action":"query","user":"test","dataset":"test"}',
    ];
    expect((await run(probe)).stdout).toContain('POLICY_ENGINE_UNAVAILABLE');
    const set = [
      'set',
      'env',
      'deployment/aureus-frontend',
      '-n',
      'aureus',
      'POLICY_BYPASS_MODE=true',
      'POLICY_BYPASS_APPROVER=[INCIDENT_COMMANDER_NAME]',
    ];
    expect((await run(set)).stdout).toBe('deployment.apps/aureus-frontend env updated\n');
    await kubectl('rollout status deployment/aureus-frontend -n aureus');
    expect((await run(probe)).stdout).toContain('"bypass":true');
    const file = '/app/evidence/emergency-bypass-20261121-120000.log';
    expect(await kubectl(`exec -i -n aureus deployment/aureus-frontend -- tee ${file}`, { input: 'Policy bypass enabled\n' })).toBe(
      'Policy bypass enabled\n',
    );
    expect((await run([...FRONTEND, 'cat', file])).stdout).toBe('Policy bypass enabled\n');
    // -l again, and $REDIS_PASSWORD is a variable of the person's shell, where it is empty.
    expect((await run(['exec', '-it', '-n', 'aureus', '-l', 'component=redis', '--', 'redis-cli', '-a', '', 'FLUSHDB'])).code).toBe(1);
    const flush = ['exec', '-n', 'aureus', 'deployment/aureus-redis', '--', 'redis-cli'];
    expect((await run([...flush, 'FLUSHDB'])).stdout).toContain('NOAUTH');
    expect((await run([...flush, '-a', 'redis-simulated-4f1c', 'FLUSHDB'])).stdout).toBe('OK\n');
    expect(faults('policy-engine-down')).toBe(false);
    await kubectl('set env deployment/aureus-frontend -n aureus POLICY_BYPASS_MODE- POLICY_BYPASS_APPROVER-');
    expect(await kubectl('rollout restart deployment/aureus-frontend -n aureus')).toContain('restarted');
    await kubectl('rollout status deployment/aureus-frontend -n aureus');
    expect((await run(probe)).stdout).toContain('"bypass":false');
  });

  test('scenario 5: rate limits', async () => {
    await simulator.faults.set('rate-limits-false', true);
    await until(async () => /rate.*limit/.test(await kubectl('logs -n aureus -l component=frontend --tail=500')));
    const keys = ['exec', '-n', 'aureus', 'deployment/aureus-redis', '--', 'redis-cli', '-a', 'redis-simulated-4f1c', 'KEYS', 'ratelimit:*'];
    expect((await run(keys)).stdout).toContain('ratelimit:query:ana.analyst@example.com');
    await kubectl('set env deployment/aureus-frontend -n aureus RATE_LIMIT_QUERY=20 RATE_LIMIT_DEPLOY=10');
    await kubectl('rollout status deployment/aureus-frontend -n aureus');
    expect(faults('rate-limits-false')).toBe(false);
    await kubectl('set env deployment/aureus-frontend -n aureus RATE_LIMIT_QUERY- RATE_LIMIT_DEPLOY- RATE_LIMITING_ENABLED=false');
    await kubectl('rollout status deployment/aureus-frontend -n aureus');
    expect(faults('rate-limits-false')).toBe(false);
  });
});

describe('SARK', () => {
  test('1: OPA', async () => {
    await simulator.faults.set('opa-down', true);
    await until(async () => (await kubectl('get pods -n sark-system -l app=opa')).includes('CrashLoopBackOff'));
    expect(await kubectl('logs -n sark-system -l app=opa --tail=100')).toContain('decision log buffer is full');
    expect(await kubectl('scale deploy/opa -n sark-system --replicas=5')).toBe('deployment.apps/opa scaled\n');
    await until(() => !faults('opa-down'));
    // The image of OPA has no curl: the real answer is the runtime's, here as there.
    await until(
      async () => (await run(['exec', '-n', 'sark-system', 'deployment/opa', '--', 'curl', 'http://localhost:8181/v1/policies'])).code === 127,
    );
    await simulator.faults.set('opa-corrupt', true);
    await until(async () => (await run(['get', '--raw', '/api/v1/namespaces/sark-system/services/opa:8181/proxy/v1/data/mcp/allow'])).code === 1);
    expect(await kubectl('rollout undo deployment/opa -n sark-system')).toBe('deployment.apps/opa rolled back\n');
    await until(
      async () =>
        (await run(['get', '--raw', '/api/v1/namespaces/sark-system/services/opa:8181/proxy/v1/data/mcp/allow'])).stdout === '{"result":true}',
    );
    expect(faults('opa-corrupt')).toBe(false);
  });

  test('2: database', async () => {
    await simulator.faults.set('database-down', true);
    await until(async () => /postgres-0 +0\/1/.test(await kubectl('get pods -n sark-system')));
    await until(async () => (await kubectl('logs -n sark-system postgres-0')).includes('FATAL'));
    // The image of sark-api has no nc.
    expect(await run(['exec', 'deployment/sark-api', '-n', 'sark-system', '--', 'nc', '-zv', 'postgres', '5432'])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining('exec: "nc": executable file not found in $PATH'),
    });
    expect(await kubectl('delete pod postgres-0 -n sark-system')).toContain('pod "postgres-0" deleted');
    await until(async () => /postgres-0 +1\/1 +Running/.test(await kubectl('get pods -n sark-system')));
    expect(faults('database-down')).toBe(false);
    expect(await kubectl('scale deployment/sark-api --replicas=2 -n sark-system')).toContain('scaled');
    // The pool settings come by envFrom: the description names the ConfigMap, not the settings.
    const described = await kubectl('describe deployment/sark-api -n sark-system');
    expect(described).not.toContain('POOL');
    expect(described).toContain('sark-config');
  });

  test('3: latency', async () => {
    await simulator.faults.set('latency', true);
    expect(await kubectl('top pods -n sark-system')).toMatch(/sark-api-\S+ +\d{4}m/);
    await until(async () => (await kubectl('logs deployment/sark-api -n sark-system')).includes('slow_query'));
    // The format file is on the author's own machine.
    expect(
      (await run(['exec', 'deployment/sark-api', '-n', 'sark-system', '--', 'curl', '-w', '@curl-format.txt', 'http://opa:8181/health'])).code,
    ).toBe(26);
    expect(await kubectl('scale deployment/sark-api --replicas=10 -n sark-system')).toContain('scaled');
    await until(() => !faults('latency'));
    expect(
      (await kubectl('exec deployment/redis -n sark-system -- redis-cli INFO stats')).split('\n').filter((line) => line.includes('keyspace')),
    ).toHaveLength(2);
  });

  test('4: audit events', async () => {
    await simulator.faults.set('timescale-disk-full', true);
    expect(await kubectl('get pods -n sark-system')).toContain('timescaledb-0');
    await until(async () => (await kubectl('logs deployment/sark-api -n sark-system')).includes('timescale_write_failed'));
    expect(await kubectl('exec timescaledb-0 -n sark-system -- df -h')).toMatch(/100% \/var\/lib\/postgresql\/data/);
    expect(await kubectl('logs deployment/sark-api -n sark-system')).toContain('audit_batch');
    const edited = await run(['edit', 'pvc', 'timescaledb-data', '-n', 'sark-system'], { editor: 'sed -i s/50Gi/100Gi/' });
    // The status has 50Gi too, and the editor changes it: the server ignores that.
    expect(edited.stdout).toContain('persistentvolumeclaim/timescaledb-data edited');
    await until(() => !faults('timescale-disk-full'));
  });

  test('5: security', async () => {
    await simulator.faults.set('compromised-server', true);
    const sql = "SELECT * FROM audit_events WHERE severity='CRITICAL' AND timestamp > NOW() - INTERVAL '1 hour';";
    const found = await run(['exec', 'timescaledb-0', '-n', 'sark-system', '--', 'psql', '-U', 'sark', 'sark_audit', '-c', sql]);
    expect(found.stdout).toContain('(9 rows)');
    // The runbook's PATCH of one server never existed.
    const { status } = await fetch(`${simulator.outsideUrl}/sark-system/sark-api:8000/api/v1/servers/550e8400-e29b-41d4-a716-446655440000`, {
      method: 'PATCH',
      headers: { authorization: 'Bearer sark-simulated-admin-token' },
      body: '{"status": "inactive"}',
    });
    expect(status).toBe(405);
    expect(await kubectl('delete secret sark-secrets -n sark-system')).toMatch(/^secret "sark-secrets" deleted( from sark-system namespace)?\n/);
    expect(await kubectl('create secret generic sark-secrets --from-literal=secret-key=new -n sark-system')).toBe('secret/sark-secrets created\n');
    expect(await kubectl('get secret sark-secrets -n sark-system -o jsonpath={.data.secret-key}')).toBe('bmV3');
    expect(await kubectl('rollout restart deployment/sark-api -n sark-system')).toBe('deployment.apps/sark-api restarted\n');
    await kubectl('rollout status deployment/sark-api -n sark-system');
  });
});

test('kubectl asks what it may do', async () => {
  expect(await kubectl('auth can-i patch deployments --subresource=scale -n aureus')).toBe('yes\n');
  await writeFile(join(home, 'tocsin'), simulator.kubeconfig('tocsin'), { mode: 0o600 });
  const { code, stdout } = await run(['--kubeconfig', join(home, 'tocsin'), 'auth', 'can-i', 'list', 'pods', '-n', 'aureus']);
  expect([code, stdout]).toEqual([1, 'no\n']);
  const refused = await run(['--kubeconfig', join(home, 'tocsin'), 'get', 'pods', '-n', 'aureus']);
  expect(refused.stderr).toContain(
    'pods is forbidden: User "system:serviceaccount:tocsin:tocsin" cannot list resource "pods" in API group "" in the namespace "aureus"',
  );
});
