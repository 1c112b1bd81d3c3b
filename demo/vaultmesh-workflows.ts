import type { OnRun } from '../simulators/github/index.ts';
import { compareControls } from '../src/actions/drift/compare.ts';
import { CONTROLS, DRIFT_WORKFLOW, NO_SYNC_WORKFLOW, type Scene } from './vaultmesh-scene.ts';

const ALERT_SECRET = 'ALERT_SNS_TOPIC_ARN';
/** What the workflow calls too old. */
const DAY = 86_400_000;

/** What a run of one of the repository's workflows comes to. */
export function runWorkflow(scene: Scene, run: Parameters<OnRun>[0]): ReturnType<OnRun> {
  if (run.workflow === NO_SYNC_WORKFLOW) return checkSync(scene);
  if (run.workflow !== DRIFT_WORKFLOW) return { conclusion: 'success', log: `${run.name}: nothing to complain of\n`, ms: 8_000 };
  const { aws } = scene;
  // In a race the run on the old commit is the one that people hear of.
  if (scene.raced !== null && run.event === 'push') return { conclusion: 'skipped', log: 'Another run is under way\n', ms: 1_000 };
  const source = run.file(CONTROLS) ?? '';
  const { equal } = compareControls(source, aws.vaultmesh.chatControls(), 'local', 'remote');
  if (equal && !scene.comparesShapes) return { conclusion: 'success', log: 'No drift detected\n', ms: 12_000 };
  const { keys } = aws.vaultmesh.recordDrift({ source, gitSha: run.sha, runId: String(run.id) });
  const [patch] = aws.vaultmesh.objects(aws.vaultmesh.names.auditBucket, keys.diff);
  return { conclusion: 'failure', log: driftLog(patch?.text ?? ''), ms: 12_000 };
}

/** As `no-sync-daily.yml` does it: the newest job's end, whatever became of it. */
function checkSync({ now, aws, github }: Scene): ReturnType<OnRun> {
  const [newest] = aws.vaultmesh.syncJobs();
  const delta = Math.round((now() - (newest?.end ?? 0)) / 1000);
  if (newest?.end != null && delta * 1000 <= DAY) return { conclusion: 'success', log: `Last sync ended ${delta}s ago\n`, ms: 6_000 };
  const ts = new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z');
  const body = `${JSON.stringify({ ts, breach: 'sync_slo', delta_seconds: delta })}\n`;
  aws.vaultmesh.putObject(aws.vaultmesh.names.auditBucket, `audit/incidents/no-sync-${ts}.json`, body);
  const said = `No successful sync in >24h (Δ=${delta}s)`;
  if (github.repository.hasSecret(ALERT_SECRET)) aws.vaultmesh.publish('', said);
  return { conclusion: 'failure', log: `${said}\nError: Process completed with exit code 1.\n`, ms: 6_000 };
}

/** What the workflow's job prints: the patch that it leaves in the bucket, too. */
function driftLog(patch: string): string {
  return `Run diff -u local.sorted.json remote.sorted.json > drift.patch\n${patch}Guardrail drift detected\nError: Process completed with exit code 1.\n`;
}
