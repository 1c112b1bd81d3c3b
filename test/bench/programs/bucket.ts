import { startAwsSimulator } from '../../../simulators/aws/index.ts';

/** A simulated account with a bucket in which each object was emptied an hour ago; says where it is, and runs until its input ends. */
const count = Number(process.argv[2] ?? '1000');
const now = Date.now();
const aws = await startAwsSimulator({ now: Date.now, settleEveryMs: 0, buckets: { rollback: { versioned: true } } });
for (let i = 0; i < count; i += 1) {
  const key = `docs/${String(i).padStart(6, '0')}.md`;
  aws.vaultmesh.putObject('rollback', key, `# Document ${i}\n\nAs it should be.\n`, new Date(now - 48 * 3_600_000));
  aws.vaultmesh.putObject('rollback', key, 'TODO\n', new Date(now - 3_600_000));
}
process.stdout.write(`${JSON.stringify(aws.environment())}\n`);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
