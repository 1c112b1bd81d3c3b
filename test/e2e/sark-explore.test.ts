import { writeFileSync } from 'node:fs';
import { test } from '@jest/globals';
import { describeWorld } from './helpers/each.ts';
import { breakIt, commanded } from './helpers/remedies.ts';
import { diagnose } from './helpers/runbooks.ts';

describeWorld('explore', { delivery: 'http', platforms: true }, (world) => {
  for (const [fault, runbook] of [
    ['', 'sark/policy-evaluation-failure'],
    ['opa-down', 'sark/policy-evaluation-failure'],
    ['opa-corrupt', 'sark/policy-evaluation-failure'],
    ['database-down', 'sark/database-connection-failure'],
    ['latency', 'sark/high-latency'],
    ['audit-gap', 'sark/audit-events-missing'],
    ['timescale-disk-full', 'sark/audit-events-missing'],
    ['compromised-server', 'sark/security-incident'],
  ] as const)
    test(`${fault} ${runbook}`, async () => {
      const situation = await commanded(world(), 'P0 sark Trouble');
      if (fault !== '') await breakIt(world(), fault);
      await new Promise((done) => setTimeout(done, 7_000));
      const started = performance.now();
      const got = await diagnose(world(), situation, runbook);
      writeFileSync(`/tmp/skx/${fault}.json`, JSON.stringify({ ms: performance.now() - started, ...got }, null, 1));
      if (fault !== '') await breakIt(world(), fault, false);
    });
});
