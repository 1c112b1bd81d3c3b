import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AlertCommand,
  type AlertEvent,
  type Alerts,
  decideAlert,
  type EndedIncident,
  evolveAlerts,
  type FiredAlert,
} from '../../src/domain/alert/alerts.ts';
import { UserError } from '../../src/domain/errors.ts';
import type { StoredRecord } from '../../src/domain/record.ts';
import { codeOf } from './helpers/code-of.ts';
import { ada, guest, joan, MINUTE, START } from './helpers/incidents.ts';

function fired(more: Partial<FiredAlert> = {}): FiredAlert {
  return {
    key: 'cloudwatch:topic:QBusinessSyncFailed',
    service: 'vaultmesh-qbusiness',
    runbook: 'vaultmesh-qbusiness/sync-failed',
    trigger: 0,
    source: 'cloudwatch',
    title: 'Sync failed',
    summary: 'Threshold crossed',
    component: 'docs',
    severity: 'P2',
    links: [],
    lastsMs: 0,
    respondMs: 60 * MINUTE,
    ...more,
  };
}

/** The stream `system` with a clock: commands are decided and evolved as the store would. */
class Book {
  alerts: Alerts = {};
  records: StoredRecord[] = [];
  at = START;

  tell(command: AlertCommand): readonly AlertEvent[] {
    const events = decideAlert(this.alerts, command, this.at);
    for (const event of events) {
      const seq = this.records.length + 1;
      const stored = { ...event, incident_id: 'system', seq, prev: '', event_id: String(seq), time: new Date(this.at).toISOString(), artifacts: [] };
      this.records.push(stored);
      this.alerts = evolveAlerts(this.alerts, stored);
    }
    return events;
  }

  fire(more: Partial<FiredAlert> = {}, ended: EndedIncident | null = null) {
    this.tell({ type: 'fire', fired: fired(more), ended });
    return Object.values(this.alerts).at(-1);
  }
}

describe('alerts', () => {
  test('one that is told again is counted, and its first time stays', () => {
    const book = new Book();
    book.fire();
    book.at += MINUTE;
    const again = book.fire({ summary: 'Still failing' });
    expect(Object.keys(book.alerts)).toEqual(['ALR-1']);
    expect(again).toMatchObject({ id: 'ALR-1', count: 2, openedAt: START, lastAt: START + MINUTE, summary: 'Still failing' });
  });

  test('labels stay until a repeat says others, and the rule to declare stays', () => {
    const book = new Book();
    book.fire({ labels: { risk_score: '0.5' }, declare: 'P1' });
    book.fire({ labels: { risk_score: '0.5' } });
    expect(book.records.at(-1)?.data).not.toHaveProperty('labels');
    book.fire();
    expect(book.fire({ labels: { risk_score: '0.9' } })).toMatchObject({ count: 4, labels: { risk_score: '0.9' }, declare: 'P1' });
  });

  test('another key is another alert', () => {
    const book = new Book();
    book.fire();
    book.fire({ key: 'sns:topic:NoSync' });
    expect(Object.keys(book.alerts)).toEqual(['ALR-1', 'ALR-2']);
  });

  test('a recovered one is over, and the next time it is a new one', () => {
    const book = new Book();
    book.fire();
    book.tell({ type: 'recover', key: fired().key, summary: 'OK' });
    expect(book.alerts).toEqual({});
    expect(book.fire()?.id).toBe('ALR-3');
    expect(book.tell({ type: 'recover', key: 'unknown', summary: 'OK' })).toEqual([]);
  });

  test('one that has to last is watched until then, and only then confirmed or dismissed', () => {
    const book = new Book();
    const alert = book.fire({ lastsMs: 15 * MINUTE });
    expect(alert).toMatchObject({ status: 'watching', watchedUntil: START + 15 * MINUTE, dueAt: START + 75 * MINUTE });
    book.at += 15 * MINUTE;
    book.tell({ type: 'confirm', alert: 'ALR-1', summary: 'Newest job failed' });
    expect(book.alerts['ALR-1']).toMatchObject({ status: 'firing', summary: 'Newest job failed' });
    expect(book.tell({ type: 'dismiss', alert: 'ALR-1', summary: 'gone' })).toEqual([]);
  });

  test('acknowledging keeps the time that it took, and is done once', () => {
    const book = new Book();
    book.fire();
    book.at += 3 * MINUTE;
    book.tell({ type: 'acknowledge', alert: 'ALR-1', by: ada });
    expect(book.alerts['ALR-1']?.acknowledged).toEqual({ by: 'U0ADA', withinMs: 3 * MINUTE });
    expect(codeOf(() => book.tell({ type: 'acknowledge', alert: 'ALR-1', by: ada }))).toBe('alert-acknowledged');
    expect(book.tell({ type: 'overdue', alert: 'ALR-1' })).toEqual([]);
  });

  test('who is no responder, or a guest, takes no alert; one that is over is said to be', () => {
    const book = new Book();
    book.fire();
    expect(codeOf(() => book.tell({ type: 'acknowledge', alert: 'ALR-1', by: joan }))).toBe('role-needed');
    expect(codeOf(() => book.tell({ type: 'attach', alert: 'ALR-1', incident: 'INC-2026-0001', by: guest }))).toBe('not-trusted');
    expect(codeOf(() => book.tell({ type: 'acknowledge', alert: 'ALR-9', by: ada }))).toBe('alert-over');
    expect(book.records).toHaveLength(1);
  });

  test.each<[EndedIncident, string]>([
    [{ id: 'INC-2026-0001', how: 'closed', hidden: false }, 'INC-2026-0001 is closed, so this is a new alert.'],
    [{ id: 'INC-2026-0001', how: 'resolved', hidden: false }, 'INC-2026-0001 is resolved, so this is a new alert.'],
    [{ id: 'INC-2026-0001', how: 'resolved', hidden: true }, 'Its incident is over, so this is a new alert.'],
  ])('told again after its incident ended, it is a new alert: %j', (ended, said) => {
    const book = new Book();
    book.fire();
    book.tell({ type: 'attach', alert: 'ALR-1', incident: ended.id, by: ada });
    expect(book.fire({}, { ...ended, id: 'INC-2026-0002' })).toMatchObject({ id: 'ALR-1', count: 2 });
    expect(book.fire({}, ended)).toMatchObject({ count: 1, incident: null });
    expect(book.records.findLast(({ type }) => type === 'alert.recovered')?.data).toEqual({ alert: 'ALR-1', summary: said });
  });

  test('it belongs to one incident; told again after that was closed, it is a new alert', () => {
    const book = new Book();
    book.fire();
    book.tell({ type: 'attach', alert: 'ALR-1', incident: 'INC-2026-0001', by: ada });
    expect(codeOf(() => book.tell({ type: 'attach', alert: 'ALR-1', incident: 'INC-2026-0002', by: ada }))).toBe('alert-attached');
    expect(book.tell({ type: 'attach', alert: 'ALR-1', incident: 'INC-2026-0002', by: null })).toEqual([]);
    expect(book.fire()).toMatchObject({ id: 'ALR-1', count: 2 });
    const next = book.fire({}, { id: 'INC-2026-0001', how: 'closed', hidden: false });
    expect(next).toMatchObject({ count: 1, incident: null });
    expect(Object.keys(book.alerts)).toEqual([next?.id]);
  });

  test('it says where its incident meets, once that is known, and goes along when that is merged', () => {
    const book = new Book();
    book.fire();
    const attach = { type: 'attach', alert: 'ALR-1', incident: 'INC-2026-0001', by: null } as const;
    book.tell(attach);
    expect(book.tell(attach)).toEqual([]);
    expect(book.tell({ ...attach, room: 'C0ONE' }).map(({ data }) => data)).toEqual([{ alert: 'ALR-1', incident: 'INC-2026-0001', room: 'C0ONE' }]);
    expect(book.tell({ ...attach, room: 'C0ONE' })).toEqual([]);
    expect(book.alerts['ALR-1']).toMatchObject({ incident: 'INC-2026-0001', room: 'C0ONE' });
    expect(book.tell({ type: 'follow', alert: 'ALR-1', from: 'INC-2026-0009', incident: 'INC-2026-0002' })).toEqual([]);
    book.tell({ type: 'follow', alert: 'ALR-1', from: 'INC-2026-0001', incident: 'INC-2026-0002' });
    expect(book.records.at(-1)?.data).toEqual({ alert: 'ALR-1', incident: 'INC-2026-0002', from: 'INC-2026-0001' });
    expect(book.alerts['ALR-1']).toMatchObject({ incident: 'INC-2026-0002' });
    expect(book.alerts['ALR-1']).not.toHaveProperty('room');
  });

  test('nobody acknowledged it in time: said once for as long as that is so', () => {
    const book = new Book();
    book.fire();
    book.at += 61 * MINUTE;
    expect(book.tell({ type: 'overdue', alert: 'ALR-1' }).map(({ data }) => data)).toEqual([{ alert: 'ALR-1', late_ms: MINUTE }]);
  });

  test('the state is what its records say, whatever happened', () => {
    const keys = fc.constantFrom('a', 'b', 'c');
    const ids = fc.nat(12).map((n) => `ALR-${n}`);
    const command: fc.Arbitrary<AlertCommand> = fc.oneof(
      fc
        .record({ key: keys, lastsMs: fc.constantFrom(0, MINUTE) })
        .map((more) => ({ type: 'fire', fired: fired(more), ended: { id: 'INC-2026-0002', how: 'closed', hidden: false } }) as const),
      keys.map((key) => ({ type: 'recover', key, summary: 'OK' }) as const),
      ids.map((alert) => ({ type: 'confirm', alert, summary: 'lasts' }) as const),
      ids.map((alert) => ({ type: 'dismiss', alert, summary: 'gone' }) as const),
      ids.map((alert) => ({ type: 'overdue', alert }) as const),
      ids.map((alert) => ({ type: 'acknowledge', alert, by: ada }) as const),
      fc
        .tuple(ids, fc.constantFrom('INC-2026-0001', 'INC-2026-0002'))
        .map(([alert, incident]) => ({ type: 'attach', alert, incident, by: ada }) as const),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const book = new Book();
        for (const one of commands) {
          book.at += 1_000;
          try {
            book.tell(one);
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
          }
          const open = Object.values(book.alerts);
          expect(new Set(open.map(({ key }) => key)).size).toBe(open.length);
        }
        expect(book.records.reduce(evolveAlerts, {} as Alerts)).toEqual(book.alerts);
      }),
    );
  });
});
