import { type Incident, ownChannelOf } from './incident.ts';

/** The canvas of an incident's own channel, which shows its summary. */
export interface CanvasState {
  readonly channel: string;
  /** The seq of the record by which the incident came to meet there. */
  readonly since: number;
  /** Slack's id of it; missing until there is one. */
  readonly id?: string;
  /** Tocsin writes it no more: Slack does not let it, or a person deleted it. */
  readonly left?: true;
}

/** The state when the incident has come to a room. In a channel where it was before, its canvas is what it was. */
export function withCanvasIn(state: Incident, seq: number): Incident {
  const { canvas: before, ...rest } = state;
  const channel = ownChannelOf(state);
  if (channel === null) return rest;
  const kept = before?.channel === channel ? before : {};
  return { ...rest, canvas: { ...kept, channel, since: seq } };
}

/** The run that keeps a canvas in step. */
export function canvasRunId(incident: string, { since }: CanvasState): string {
  return `${incident}:canvas:${since}`;
}

/** By which a run that has shown the state of a record hears that there is another one. */
export function afterRecord(seq: number): string {
  return `after:${seq}`;
}

/** What a canvas of Tocsin's says of itself, by which it is known: one that people made is never written to. */
export function canvasMark(incident: string): string {
  return `Tocsin keeps this summary of ${incident} up to date`;
}
