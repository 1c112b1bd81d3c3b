import { own } from '../../lib/own.ts';
import { inOneLine } from '../change/one-line.ts';
import type { DiagnosisState } from '../change/plans.ts';
import { withItems } from '../incident/checklist.ts';
import type { EventData, RecordOf } from '../incident/events.ts';
import type { Incident } from '../incident/incident.ts';
import { DIAGNOSIS_DATA } from './data/diagnosis.ts';
import type { RecordTypes } from './record-type.ts';

/** What a runbook looked at, and what that means. */
export const DIAGNOSIS: RecordTypes<keyof typeof DIAGNOSIS_DATA> = {
  'diagnosis.requested': {
    data: DIAGNOSIS_DATA['diagnosis.requested'],
    evolve(state, { data: { run, runbook, title, arguments: given } }, at) {
      const before = state.diagnoses[runbook];
      const kept = { ...askedWith(given), ...needsOf(before), ...(before?.called === undefined ? {} : { called: before.called }) };
      return { ...state, diagnoses: { ...state.diagnoses, [runbook]: { run, runbook, title, at, endedAt: null, findings: [], ...kept } } };
    },
    says: ({ data }, { by }) => `${by} started the diagnosis “${data.title}”`,
  },
  'diagnosis.step': {
    data: DIAGNOSIS_DATA['diagnosis.step'],
    says: ({ data, outcome }) => `Diagnosis ${outcome === 'done' ? 'checked' : 'could not check'} ${data.step}: ${data.summary}`,
  },
  'diagnosis.finished': {
    data: DIAGNOSIS_DATA['diagnosis.finished'],
    evolve: (state, record, at) => {
      const next = record.data.alert === undefined ? finished(state, record, at) : carriedOver(state, record, at);
      return withItems(next, record.data.runbook, record.data.checklist);
    },
    says: ({ data }) => sayFinished(data),
    action: ({ data }, { diagnoses }) =>
      `Diagnosed “${data.called ?? data.title ?? own(diagnoses, data.runbook)?.title ?? data.runbook}”${sayFirst(data.findings)}`,
    newest: true,
  },
};

function finished(state: Incident, { data }: RecordOf<'diagnosis.finished'>, at: number): Incident {
  const { run, runbook, findings, fills = {} } = data;
  const before = state.diagnoses[runbook];
  if (before === undefined || before.run !== run) return state;
  const needs = needsOf(before, data.needs);
  const { title, called } = calledBy(state, before, data);
  return { ...state, title, diagnoses: { ...state.diagnoses, [before.runbook]: { ...before, endedAt: at, findings, fills, ...needs, ...called } } };
}

/**
 * The title of an incident that Tocsin has given by a runbook follows what that runbook's diagnosis finds: a false alarm is called one. What a person
 * has called it stays.
 */
function calledBy(
  state: Incident,
  before: DiagnosisState | undefined,
  { title: plain, called: found }: EventData['diagnosis.finished'],
): { readonly title: string; readonly called: Pick<DiagnosisState, 'called'> } {
  const called = found ?? (before?.called === undefined ? undefined : plain);
  if (called === undefined) return { title: state.title, called: {} };
  return { title: state.title === (before?.called ?? plain) ? called : state.title, called: { called } };
}

/** One that was made for an alert, before there was the incident. */
function carriedOver(state: Incident, { data }: RecordOf<'diagnosis.finished'>, at: number): Incident {
  const { run, runbook, findings, title = runbook, fills = {}, as_of } = data;
  const before = state.diagnoses[runbook];
  // A record of a release before does not say when it looked: then it was when it came here.
  const looked = as_of === undefined ? at : Date.parse(as_of);
  if (before !== undefined && (before.endedAt ?? Number.POSITIVE_INFINITY) > looked) return state;
  const needs = needsOf(before, data.needs);
  const named = calledBy(state, before, data);
  return {
    ...state,
    title: named.title,
    diagnoses: {
      ...state.diagnoses,
      [runbook]: { run, runbook, title, at: looked, endedAt: looked, findings, fills, ...askedWith(data.arguments), ...needs, ...named.called },
    },
  };
}

function askedWith(given: EventData['diagnosis.finished']['arguments']): Pick<DiagnosisState, 'arguments'> {
  return given === undefined ? {} : { arguments: given };
}

/** What was said before stays said. */
function needsOf(before: DiagnosisState | undefined, more: readonly string[] = []): Pick<DiagnosisState, 'needs'> {
  const needs = [...new Set([...(before?.needs ?? []), ...more])];
  return needs.length === 0 ? {} : { needs };
}

function sayFinished({ title, called = title, runbook, alert, findings, failed }: EventData['diagnosis.finished']): string {
  const which = called === undefined ? `of ${runbook}` : `“${called}”`;
  const ended = alert === undefined ? 'is finished' : `that was made for ${alert} belongs to this incident`;
  return `The diagnosis ${which} ${ended}${sayFindings(findings) || ': no known problem'}${sayUnseen(failed)}`;
}

/** The first finding, for those who only follow. */
function sayFirst([first]: readonly { readonly says: string }[]): string {
  const line = first === undefined ? '' : inOneLine(first.says);
  return line === '' ? '' : `: ${line}`;
}

function sayFindings(findings: readonly { readonly says: string }[]): string {
  return findings.length === 0 ? '' : `: ${findings.map(({ says }) => (/[.!?…:]$/.test(says.trim()) ? says : `${says}.`)).join(' ')}`;
}

function sayUnseen(failed: readonly string[]): string {
  return failed.length === 0 ? '' : ` (could not check ${failed.join(', ')})`;
}
