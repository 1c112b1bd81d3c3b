import type { UntakenAlerts } from '../../blocks/alert.ts';
import { catchUp } from '../../blocks/catch-up.ts';
import { sayReviewCanvas } from '../../blocks/incident-words.ts';
import { home as homeMessage, LISTED, list as listReply, note } from '../../blocks/replies.ts';
import { isTaken } from '../../src/domain/alert/alerts.ts';
import { PACK, REPORT } from '../../src/engine/run-kinds.ts';
import { type Handler, incidentOf, type LookUp, type Subcommand } from '../command.ts';
import { waitingEntries } from '../plans.ts';

/** Alerts that the Home shows; the others are counted. */
const ALERTS_AT_HOME = 5;

export const list: Subcommand = {
  name: 'list',
  usage: 'list',
  summary: 'Shows the open incidents, the gravest first.',
  incident: 'none',
  async run(request, look) {
    const gravest = await look.gravestIncidents(LISTED);
    return { reply: listReply(gravest, await look.countOpen(), request.now) };
  },
};

export const summary: Subcommand = {
  name: 'summary',
  usage: 'summary',
  summary: 'Tells you what happened so far: impact, who leads, what was done, what is in force, what is next.',
  incident: 'needed',
  async run(request, look) {
    const incident = incidentOf(request);
    return { reply: catchUp(incident, await look.records(incident.id), request.now) };
  },
};

export const evidence: Subcommand = {
  name: 'evidence',
  usage: 'evidence',
  summary: 'Exports the incident’s evidence pack and says how to verify it.',
  incident: 'needed',
  among: 'any',
  run(request) {
    const { id } = incidentOf(request);
    return {
      run: PACK.with({ incident: id }),
      reply: note(`The evidence pack of *${id}* is being made; the files follow.`),
    };
  },
};

export const report: Subcommand = {
  name: 'report',
  usage: 'report',
  summary: 'Posts the incident report, filled from the record.',
  incident: 'needed',
  among: 'any',
  run(request) {
    const { id } = incidentOf(request);
    return {
      run: REPORT.with({ incident: id, what: 'report' }),
      reply: note(`The report of *${id}* is being made; the file follows. Notes that begin with “Lesson:” or “Action:” are lines of it.`),
    };
  },
};

export const postmortem: Subcommand = {
  name: 'postmortem',
  usage: 'postmortem',
  summary: 'Posts the post-mortem, filled from the record.',
  incident: 'needed',
  among: 'any',
  run(request) {
    const incident = incidentOf(request);
    const { id } = incident;
    const canvas = sayReviewCanvas(incident, 'the file');
    return {
      run: REPORT.with({ incident: id, what: 'post-mortem' }),
      reply: note(
        `The post-mortem of *${id}* is being made; the file follows. It asks for what the record does not say${canvas === '' ? '.' : `; ${canvas}`}`,
      ),
    };
  },
};

/** Incidents that the Home sorts by what they need; of more, the gravest. */
const SORTED_AT_HOME = 500;

/** App Home: what waits for the reader, what is in force, what is open, what is owed. */
export const home: Handler = async (request, look) => {
  const incidents = await look.gravestIncidents(SORTED_AT_HOME);
  const pending = await look.pendingIncidents();
  const waiting = await waitingEntries(request, look, pending);
  return {
    home: homeMessage(incidents, request.person.id, request.now, {
      count: incidents.length < SORTED_AT_HOME ? incidents.length : await look.countOpen(),
      pending,
      waiting: waiting.filter(({ mine }) => mine),
      untaken: await nobodys(look),
      hidden: await look.hiddenBypasses(),
    }),
  };
};

/** The alerts that count and that nobody has taken, each with its card: the gravest first. */
async function nobodys(look: LookUp): Promise<UntakenAlerts> {
  const open = (await look.openAlerts()).filter((alert) => alert.status === 'firing' && !isTaken(alert));
  const sorted = open.toSorted((one, other) => one.severity.localeCompare(other.severity) || one.openedAt - other.openedAt);
  const shown = sorted.slice(0, ALERTS_AT_HOME);
  return {
    shown: await Promise.all(shown.map(async (alert) => ({ alert, card: await look.alertCard(alert.id) }))),
    more: sorted.length - shown.length,
  };
}
