/**
 * Reads a report of Jest (`--json --outputFile`): the first line is `PASSED FAILED`, each further line names a test that failed or did not run,
 * with the beginning of its error. `node test/helpers/report.ts FILE`
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

const longestError = 400;

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numRuntimeErrorTestSuites: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() })),
    }),
  ),
});

function oneLine(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\s+/gu, ' ').trim().slice(0, longestError);
}

const report = reportSchema.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
console.log(report.numPassedTests, report.numFailedTests + report.numRuntimeErrorTestSuites + report.numPendingTests);
for (const suite of report.testResults) {
  const file = relative(process.cwd(), suite.name);
  if (suite.assertionResults.length === 0 && suite.message !== '') console.log(oneLine(`${file}: ${suite.message}`));
  for (const { fullName, status, failureMessages } of suite.assertionResults)
    if (status !== 'passed') console.log(oneLine(`${file}: ${fullName} (${status}) ${failureMessages?.[0] ?? ''}`));
}
