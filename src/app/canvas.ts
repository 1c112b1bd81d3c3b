import { canvasOf } from '../../blocks/canvas.ts';
import { reviewCanvasOf } from '../../blocks/review-canvas.ts';
import { callOf } from '../domain/incident/call.ts';
import type { IncidentRecord } from '../domain/incident/events.ts';
import { type Incident, peopleOf } from '../domain/incident/incident.ts';
import { summaryOf } from '../domain/incident/summary.ts';
import type { DrawnCanvas } from '../engine/reach/canvas.ts';
import type { Store } from '../ports/store.ts';
import type { People } from '../slack/people.ts';
import type { Settings } from './settings.ts';

/** What the canvas of an incident's channel shows. */
export function canvasDrawer(
  store: Pick<Store, 'records'>,
  people: Pick<People, 'nameOf'>,
  settings: Pick<Settings, 'service'>,
): (incident: Incident) => Promise<DrawnCanvas> {
  return async (incident) => {
    const records = (await store.records(incident.id)) as IncidentRecord[];
    const ids = new Set([...peopleOf(incident), ...othersOf(incident)]);
    const named = await Promise.all([...ids].map(async (id) => [id, await people.nameOf(id)] as const));
    const { call = null, links = [] } = settings.service(incident.service) ?? {};
    const canvas = {
      incident,
      summary: summaryOf(incident, records),
      names: Object.fromEntries(named.flatMap(([id, name]) => (name === null ? [] : [[id, name]]))),
      call: callOf(incident, call),
      links,
    };
    return (asOf) => canvasOf(canvas, asOf);
  };
}

/** What the canvas of a review shows: the post-mortem as `/incident postmortem` posts it now. */
export function reviewDrawer(paper: (incident: string, seq: number) => Promise<string>): (incident: Incident) => Promise<string> {
  return async ({ id, seq }) => reviewCanvasOf(id, await paper(id, seq));
}

/** Whom a canvas names beside those whom the incident knows. */
function othersOf({ followUps, review, updates }: Incident): readonly string[] {
  const all = [...followUps.map(({ owner }) => owner), review?.scheduled?.who, review?.done?.by, updates.snooze?.by];
  return all.filter((id) => id !== undefined);
}
