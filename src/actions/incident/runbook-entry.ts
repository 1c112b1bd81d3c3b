import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';

const input = z.strictObject({
  without: z.string().default('').describe('The runbook that writes it: its own changes are no part of the entry.'),
});

const output = z.strictObject({
  section: z.string().describe('Markdown: severity, duration, impact, cause, remediation and timeline'),
  title: z.string().describe('`INC-2026-0042: Sync fails`'),
  private: z.boolean().describe('The incident is private: whoever reads the file reads what is in it'),
});

/** VQ-20. */
export const incidentRunbookEntry = readAction({
  name: 'incident.runbook-entry',
  about: 'The entry of this incident for a runbook’s log of incidents, filled from the record. What people wrote as notes is not in it.',
  input,
  output,

  async run({ without }, context) {
    const entry = context.incident === null ? null : await context.entry(without);
    if (entry === null) throw new UserError('no-incident', 'There is no incident here to write an entry of. Ask for it in the incident’s channel.');
    const lines = entry.section.split('\n').length;
    return {
      output: { section: entry.section, title: `${entry.id}: ${entry.title}`, private: entry.private },
      summary: `${plural(lines, 'line')} of ${entry.id}${entry.private ? ', which is private: whoever reads the file reads its title, impact and timeline' : ''}.`,
      text: { name: 'runbook-entry.md', content: `${entry.section}\n` },
    };
  },
});
