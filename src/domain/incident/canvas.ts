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

/** So many records are one run's: what a run has behind it is read whenever it wakes. */
const PART = 500;

/** Which part of an incident a record belongs to. */
export function canvasPart(seq: number): number {
  return Math.floor(seq / PART);
}

/** With what the ids of all runs begin that keep canvases of an incident, wherever it meets. */
export function canvasRuns(incident: string): string {
  return `${incident}:canvas`;
}

/** The run that keeps a canvas in step from the record `seq` to the end of its part. */
export function canvasRunId(incident: string, { since }: CanvasState, seq: number): string {
  return `${canvasRuns(incident)}:${since}:${canvasPart(seq)}`;
}

/** By which a run that has shown the state of a record hears that there is another one. */
export function afterRecord(seq: number): string {
  return `after:${seq}`;
}

/** What a canvas of Tocsin's says of itself, by which it is known: one that people made is never written to. */
export function canvasMark(incident: string): string {
  return `Tocsin keeps this summary of ${incident} up to date`;
}
