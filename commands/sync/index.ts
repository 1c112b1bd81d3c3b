import { help as helpReply } from '../../blocks/replies.ts';
import { UserError } from '../../src/domain/errors.ts';
import { typed } from '../../src/lib/echo.ts';
import { type Answer, type Handler, type LookUp, type Request, type SlashCommand, type Subcommand } from '../command.ts';
import { startDiagnosis, startWatch } from '../diagnoses.ts';
import { isElsewhere } from '../place.ts';
import { runRemedy, type Wanted } from '../remedies.ts';
import { type Meant, scenarioMeant } from '../scenarios.ts';
import { argumentsOf, firstWord } from '../words.ts';
import { OFF, scheduleOn } from './schedule.ts';

/** The scenarios that `/sync` is about: what went wrong with a data source's sync. */
const SYNC = ['sync-failed', 'sync-stale'];
/** What can be watched besides a sync. */
const ALARM = 'alarm';
/** A data source is a target; its name may stand before the reason. */
const SOURCE = /^[a-z][a-z0-9-]{0,39}$/;

/** A look at a data source: `[service] [source]`. */
const look =
  (scenarios: readonly string[]): Handler =>
  (request, looked) => {
    const { runbook, rest } = scenarioMeant(request, looked, scenarios);
    return startDiagnosis(request, looked, runbook, sourceOf(rest));
  };

/** `[service] [source]`, or `[service] alarm`: until the sync is over, or the alarm has cleared. */
const watch: Handler = (request, looked) => {
  const { runbook, rest } = scenarioMeant(request, looked, ['sync-status', ...SYNC], ({ watches }) => watches.sync !== undefined);
  if (firstWord(rest)[0].toLowerCase() !== ALARM) return startWatch(request, looked, runbook, 'sync', sourceOf(rest));
  const { runbook: watching } = scenarioMeant(request, looked, SYNC, ({ watches }) => watches[ALARM] !== undefined);
  return startWatch(request, looked, watching, ALARM);
};

/** A change: `[service] [name=value ...] [reason]`. */
const change =
  (remedy: string): Handler =>
  (request, looked) => {
    const { runbook, rest } = meant(request, looked, remedy);
    const { given, reason } = argumentsOf(rest);
    return runHere(request, looked, { runbook, name: remedy, arguments: given, reason });
  };

/** `off` or `on` after the service. */
const schedule: Handler = (request, looked) => {
  const { runbook, rest } = meant(request, looked, OFF);
  const [word, after] = firstWord(rest);
  const { given, reason } = argumentsOf(after);
  switch (word.toLowerCase()) {
    case 'off':
      return runHere(request, looked, { runbook, name: OFF, arguments: given, reason });
    case 'on':
      return scheduleOn(request, looked, { runbook, given, reason });
    default:
      throw new UserError('schedule-word', `Say \`/sync schedule off reason\` or \`/sync schedule on reason\`, not “${typed(word)}”.`);
  }
};

/** The prefix comes first: `_staging/`, or `/` for all of the bucket. */
const rollback: Handler = (request, looked) => {
  const { runbook, rest } = meant(request, looked, 'rollback');
  const [word, after] = firstWord(rest);
  if (word === '' || word.includes('='))
    throw new UserError('prefix-needed', 'Which prefix? `/sync rollback _staging/ reason`, or `/sync rollback / reason` for all of the bucket.');
  const { given, reason } = argumentsOf(after);
  return runHere(request, looked, { runbook, name: 'rollback', arguments: { prefix: word, ...given }, reason });
};

/** In the incident where it was asked for, unless that is one of another service. */
function runHere(request: Request, looked: LookUp, wanted: Omit<Wanted, 'where' | 'outside'>): Promise<Answer> {
  return runRemedy(request, looked, { ...wanted, where: null, outside: isElsewhere(request, wanted.runbook.service) });
}

function meant(request: Request, looked: LookUp, remedy: string): Meant {
  return scenarioMeant(request, looked, SYNC, ({ remedies }) => remedies[remedy] !== undefined);
}

function sourceOf(text: string): Readonly<Record<string, string>> {
  const [word] = firstWord(text);
  if (word === '') return {};
  if (!SOURCE.test(word)) throw new UserError('unknown-target', `“${typed(word)}” is not the name of a data source. Targets are in tocsin.yml.`);
  return { source: word };
}

const subcommand = (name: string, usage: string, summary: string, run: Handler): Subcommand => ({ name, usage, summary, incident: 'none', run });

const help = subcommand('help', 'help', 'Shows this list.', () => ({ reply: helpReply('/sync', subcommands, 'status') }));

const subcommands: readonly Subcommand[] = [
  subcommand(
    'status',
    'status [service] [source]',
    'The last sync jobs, the error by its name, and the likely cause.',
    look(['sync-status', ...SYNC]),
  ),
  subcommand('start', 'start [service] [source=name] [reason]', 'Starts a sync and watches it.', change('start-sync')),
  subcommand('stop', 'stop [service] [source=name] [reason]', 'Stops the sync that runs.', change('stop-sync')),
  subcommand('watch', 'watch [service] [source|alarm]', 'Progress in one message until the sync ends, or the alarm clears.', watch),
  subcommand('logs', 'logs [service] [source]', 'The newest errors of its log; the whole log as a file.', look(['sync-logs', ...SYNC])),
  subcommand(
    'schedule',
    'schedule [service] off|on [source=name] [reason]',
    'Takes the schedule away and keeps it, or brings it back; `schedule="cron(...)"` sets another.',
    schedule,
  ),
  subcommand('verify', 'verify [service] [source]', 'Connector, permissions, alarms, index and a probe question.', look(['sync-verify', ...SYNC])),
  subcommand(
    'rollback',
    'rollback [service] prefix [at=time] [reason]',
    'Takes a prefix of the bucket back in time: lists first, two people approve.',
    rollback,
  ),
  help,
];

export const sync: SlashCommand = {
  name: '/sync',
  description: 'Knowledge base sync: status, start, roll back, verify',
  usageHint: 'status | start | stop | watch | logs | schedule off|on | verify | rollback prefix | help',
  subcommands,
  defaultSubcommand: 'status',
  actions: {},
  views: {},
  shortcuts: {},
  reactions: {},
};
