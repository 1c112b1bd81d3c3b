import { help as helpReply } from '../../blocks/replies.ts';
import type { Handler, SlashCommand, Subcommand } from '../command.ts';
import { startDiagnosis } from '../diagnoses.ts';
import { isElsewhere } from '../place.ts';
import { runRemedy } from '../remedies.ts';
import { scenarioMeant } from '../scenarios.ts';
import { argumentsOf } from '../words.ts';

/** The scenario that `/drift` is about, and its smaller looks. */
const DRIFT = ['guardrail-drift'];

const look =
  (scenarios: readonly string[]): Handler =>
  (request, looked) =>
    startDiagnosis(request, looked, scenarioMeant(request, looked, scenarios).runbook);

const change =
  (remedy: string): Handler =>
  (request, looked) => {
    const { runbook, rest } = scenarioMeant(request, looked, DRIFT, ({ remedies }) => remedies[remedy] !== undefined);
    const { given, reason } = argumentsOf(rest);
    const outside = isElsewhere(request, runbook.service);
    return runRemedy(request, looked, { runbook, name: remedy, arguments: given, reason, where: null, outside });
  };

const subcommand = (name: string, usage: string, summary: string, run: Handler): Subcommand => ({ name, usage, summary, incident: 'none', run });

const help = subcommand('help', 'help', 'Shows this list.', () => ({ reply: helpReply('/drift', subcommands, 'investigate') }));

const subcommands: readonly Subcommand[] = [
  subcommand('investigate', 'investigate [service]', 'Runs all checks at once and says which scenario it is, with the facts.', look(DRIFT)),
  subcommand('status', 'status [service]', 'Compares the live configuration with its source; nothing else.', look(['guardrail-status', ...DRIFT])),
  subcommand('history', 'history [service]', 'Earlier drift evidence, workflow runs and changes.', look(['guardrail-history', ...DRIFT])),
  subcommand(
    'apply',
    'apply [service] [reason]',
    'Restores the live configuration from its source: first a plan, then two people approve.',
    change('apply-source'),
  ),
  subcommand('rerun', 'rerun [service] [reason]', 'Waits five minutes, runs the workflow again and watches it.', change('rerun-workflow')),
  subcommand('tag', 'tag [service] [reason]', 'Tags the drift evidence with the incident.', change('tag-evidence')),
  help,
];

export const drift: SlashCommand = {
  name: '/drift',
  description: 'Guardrail drift: investigate it, fix it',
  usageHint: 'investigate | status | history | apply [reason] | rerun [reason] | tag [reason] | help',
  subcommands,
  defaultSubcommand: 'investigate',
  actions: {},
  views: {},
  shortcuts: {},
  reactions: {},
};
