import type { DestinationStream } from 'pino';
import type { Json } from '../domain/record.ts';
import { createRedactor } from '../evidence/redaction/redact.ts';

/** Where log lines go, without secrets: errors of databases and clusters carry what was asked of them. */
export function redactedLog(secrets: readonly string[], write: (line: string) => unknown = (line) => process.stdout.write(line)): DestinationStream {
  const redactor = createRedactor(secrets);
  return {
    write(line) {
      write(`${redacted(line)}\n`);
    },
  };

  function redacted(line: string): string {
    try {
      return JSON.stringify(redactor.redact(JSON.parse(line) as Json).value);
    } catch {
      return redactor.redactText(line.trimEnd()).value;
    }
  }
}
