import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Answer } from '../../commands/command.ts';
import { runbook } from '../../commands/runbook/index.ts';
import { sync } from '../../commands/sync/index.ts';
import { ACTIONS } from '../../src/actions/registry.ts';
import { loadRunbook } from '../../src/engine/runbooks/load/runbook.ts';
import type { Action } from '../../src/ports/action.ts';
import { commander } from '../blocks/helpers/changes.ts';
import { declaring, Life, MINUTE } from '../domain/helpers/incidents.ts';
import { SERVICES, say, submit, type World } from './helpers/fixture.ts';

const KNOWN: ReadonlyMap<string, Action> = new Map(ACTIONS.map((action) => [action.name, action]));

/** The built-in runbooks of VaultMesh, as `/sync` finds them. */
const runbooks = ['vaultmesh-oracle', 'vaultmesh-qbusiness'].flatMap((service) => {
  const folder = new URL(`../../runbooks/${service}/`, import.meta.url);
  return readdirSync(folder).map((file) => {
    const loaded = loadRunbook(readFileSync(new URL(file, folder), 'utf8'), file, KNOWN);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    return loaded.runbook;
  });
});

const [like] = SERVICES;
if (like === undefined) throw new Error('The fixture has no services.');
const services = ['vaultmesh-oracle', 'vaultmesh-qbusiness'].map((id) => ({ ...like, id, name: id, channels: [`C0${id}`] }));
const world = (lives: World['lives'] = []): World => ({ runbooks, services, lives });

const QBUSINESS = 'vaultmesh-qbusiness';

function opened(service = QBUSINESS): Life {
  const life = new Life();
  life.ask(declaring('P2', { service, serviceName: service }), commander);
  life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
  life.ask({ type: 'acknowledge' }, commander);
  return life;
}

/** In the room of an incident of the service. */
const here = (life: Life) => ({ incident: life.incident, channel: 'C0ROOM' });
const asked = async (text: string, life = opened()) => (await say(sync, text, here(life), world([life]))).asks?.[0]?.ask;

describe('/sync finds the runbook', () => {
  test.each([
    ['status', 'vaultmesh-qbusiness/sync-status', undefined],
    ['', 'vaultmesh-qbusiness/sync-status', undefined],
    ['status reports', 'vaultmesh-qbusiness/sync-status', { source: 'reports' }],
    ['logs', 'vaultmesh-qbusiness/sync-logs', undefined],
    ['verify reports', 'vaultmesh-qbusiness/sync-verify', { source: 'reports' }],
  ])('%j in an incident of Q Business', async (text, runbook, given) => {
    expect(await asked(text)).toEqual({
      type: 'request-diagnosis',
      run: 'request-1',
      runbook,
      title: runbooks.find(({ id }) => id === runbook)?.title,
      ...(given === undefined ? {} : { arguments: given }),
    });
  });

  test.each([['status'], ['logs'], ['verify']])('the Oracle has one for all: %s', async (text) => {
    expect(await asked(text, opened('vaultmesh-oracle'))).toMatchObject({ runbook: 'vaultmesh-oracle/sync-stale' });
  });

  test('the service that is named first is meant, with its source', async () => {
    const answer = await say(sync, 'status vaultmesh-qbusiness reports', {}, world());
    expect(answer.run).toMatchObject({ kind: 'diagnosis', input: { runbook: 'vaultmesh-qbusiness/sync-status', arguments: { source: 'reports' } } });
  });

  test.each([['logs'], ['logs vaultmesh-qbusiness'], ['status']])(
    'in the room of an incident of another service, %s looks all the same, and there',
    async (text) => {
      const life = opened('sark');
      const { asks, run } = await say(sync, text, here(life), world([life]));
      expect(asks).toBeUndefined();
      expect(run).toMatchObject({ kind: 'diagnosis', input: { incident: null, to: { kind: 'channel', channel: 'C0ROOM' } } });
      expect(JSON.stringify(run)).toContain('"runbook":"vaultmesh-qbusiness/');
    },
  );

  test('a change that is asked for there declares an incident of its own service, also by the form', async () => {
    const life = opened('sark');
    const declares = (answer: Answer) => answer.asks?.map(({ target, ask }) => [target.kind, ask.type]);
    const both = [
      ['new', 'declare'],
      ['declared', 'request-remedy'],
    ];
    expect(declares(await say(sync, 'start it is stale', here(life), world([life])))).toEqual(both);
    const { modal } = await say(sync, 'start', here(life), world([life]));
    const remember = JSON.parse(modal?.private_metadata ?? '{}') as Record<string, string | number>;
    expect(declares(await submit(runbook, 'runbook.run', { reason: 'it is stale' }, { ...here(life), remember }, world([life])))).toEqual(both);
  });

  test.each([['logs vaultmesh-qbusines'], ['start vaultmesh-qbuisness it is stale']])('%s gets the service suggested', async (text) => {
    await expect(say(sync, text, {}, world())).rejects.toThrow('Did you mean `vaultmesh-qbusiness`?');
  });

  test('where two could be meant, it is asked', async () => {
    await expect(say(sync, 'start why', {}, { ...world(), runbooks: [...runbooks, ...twice()] })).rejects.toMatchObject({
      code: 'runbook-ambiguous',
    });
  });

  test.each(['status ../etc', 'status Reports', 'verify a=b', `logs ${'x'.repeat(50)}`, 'watch "docs"'])('no name of a source: %s', async (text) => {
    await expect(say(sync, text, here(opened()), world())).rejects.toMatchObject({ code: 'unknown-target' });
  });
});

describe('/sync start and stop', () => {
  test.each([
    ['start it is stale', 'start-sync', { source: 'docs' }, 'it is stale'],
    ['start source=reports they are old', 'start-sync', { source: 'reports' }, 'they are old'],
    ['stop it hangs', 'stop-sync', { source: 'docs' }, 'it hangs'],
  ])('%s', async (text, remedy, given, reason) => {
    expect(await asked(text)).toMatchObject({ type: 'request-remedy', runbook: 'vaultmesh-qbusiness/sync-failed', remedy, arguments: given, reason });
  });

  test('without a reason the form opens; an argument that is none is said', async () => {
    const answer = await say(sync, 'start', here(opened()), world());
    expect(answer.modal?.callback_id).toBe('runbook.run');
    await expect(say(sync, 'start soruce=reports why', here(opened()), world())).rejects.toThrow('Did you mean `source=`?');
  });

  test('elsewhere an incident is declared with it', async () => {
    const answer = await say(sync, 'start vaultmesh-qbusiness it is stale', {}, world());
    expect(answer.asks?.map(({ ask }) => ask.type)).toEqual(['declare', 'request-remedy']);
  });
});

describe('/sync watch', () => {
  test.each([
    ['watch', 'vaultmesh-qbusiness/sync-status', 'sync', {}],
    ['watch reports', 'vaultmesh-qbusiness/sync-status', 'sync', { source: 'reports' }],
    ['watch alarm', 'vaultmesh-qbusiness/sync-failed', 'alarm', {}],
  ])('%s', async (text, runbook, watch, given) => {
    const { run } = await say(sync, text, here(opened()), world());
    expect(run).toEqual({
      kind: 'watch',
      input: { runbook, watch, arguments: given, incident: 'INC-2026-0001', by: 'U0ADA', to: { kind: 'channel', channel: 'C0ROOM' } },
    });
  });

  test('is for responders', async () => {
    const stranger = { ...here(opened()), person: { id: 'U0JOAN', roles: [], trusted: true } };
    await expect(say(sync, 'watch', stranger, world())).rejects.toMatchObject({ code: 'role-needed' });
  });
});

describe('/sync rollback', () => {
  test('the prefix comes first, then the moment and what goes', async () => {
    expect(await asked('rollback _staging/ at=2026-11-20T08:00:00Z remove_later=yes drafts got in')).toMatchObject({
      remedy: 'rollback',
      risk: 'destructive',
      needs: ['incident-commander', 'security'],
      arguments: { prefix: '_staging/', at: '2026-11-20T08:00:00Z', remove_later: 'yes', bucket: 'knowledge', source: 'docs' },
      reason: 'drafts got in',
    });
    expect(await asked('rollback / why')).toMatchObject({ arguments: { prefix: '/', at: 'last-good', remove_later: 'no' } });
  });

  test.each(['rollback', 'rollback at=2026-11-20T08:00:00Z why'])('without a prefix it asks which: %s', async (text) => {
    await expect(say(sync, text, here(opened()), world())).rejects.toMatchObject({ code: 'prefix-needed' });
  });

  test('remove_later is yes or no', async () => {
    await expect(say(sync, 'rollback / remove_later=perhaps why', here(opened()), world())).rejects.toMatchObject({ code: 'argument-invalid' });
  });
});

describe('/sync schedule', () => {
  /** An incident in which the schedules of these sources were taken away, one after the other. */
  function takenAway(...sources: readonly string[]): Life {
    const life = opened();
    for (const [i, source] of sources.entries()) {
      life.at += MINUTE;
      const run = `run-${i}`;
      const shared = { run, runbook: 'vaultmesh-qbusiness/sync-failed', revision: 'a'.repeat(64), remedy: 'schedule-off', title: 'Off' } as const;
      const asking = { ...shared, risk: 'change', needs: ['responder'], arguments: { source }, reason: 'fails' } as const;
      life.ask({ type: 'request-remedy', ...asking }, commander);
      const plan = `PLN-AAAAAAA${i + 2}`;
      const made = {
        ...shared,
        plan,
        kind: 'change',
        of: null,
        risk: 'change',
        plan_hash: 'c'.repeat(64),
        needs: ['responder'],
        requester: '',
        requester_roles: [],
        expires: new Date(life.at + 15 * MINUTE).toISOString(),
        steps: [{ uses: 'qbusiness.schedule', summary: 'Off', diff: '- on\n+ off', no_plan: null, notes: [], snapshot_sha256: 'b'.repeat(64) }],
        reason: 'fails',
        revert_after_ms: null,
        revert_remind_ms: null,
        replaces: null,
      } as const;
      const tell = (event: Parameters<typeof change>[0]) => life.give({ at: life.at, by: null, ask: change(event) });
      tell({ type: 'plan.made', data: made });
      life.ask({ type: 'approve', plan }, commander);
      tell({ type: 'change.intended', data: { plan, plan_hash: 'c'.repeat(64), approvers: [], steps: ['Off'] } });
      tell({ type: 'change.applied', data: { plan, step: 0, uses: 'qbusiness.schedule', summary: 'Off' } });
      tell({ type: 'remedy.applied', data: { plan, revert_at: null } });
    }
    return life;
  }

  test('off asks for it', async () => {
    expect(await asked('schedule off source=reports it recurs')).toMatchObject({ remedy: 'schedule-off', arguments: { source: 'reports' } });
  });

  test('on puts back what this incident has taken away of that source', async () => {
    const life = takenAway('docs', 'reports');
    expect(await asked('schedule on mended', life)).toEqual({ type: 'revert', plan: 'PLN-AAAAAAA2', reason: 'mended' });
    expect(await asked('schedule on source=reports mended', life)).toEqual({ type: 'revert', plan: 'PLN-AAAAAAA3', reason: 'mended' });
    const { modal } = await say(sync, 'schedule on', here(life), world([life]));
    expect(modal?.callback_id).toBe('plan.revert');
  });

  test('elsewhere, what any open incident of the service has taken away', async () => {
    const life = takenAway('reports');
    const answer = await say(sync, 'schedule vaultmesh-qbusiness on source=reports mended', {}, world([life]));
    expect(answer.asks).toEqual([
      { target: { kind: 'incident', id: 'INC-2026-0001' }, ask: { type: 'revert', plan: 'PLN-AAAAAAA2', reason: 'mended' } },
    ]);
  });

  test('on with a schedule sets that; where none is kept, it is asked for', async () => {
    expect(await asked('schedule on schedule="cron(0 3 * * ? *)" nightly')).toMatchObject({
      remedy: 'schedule-on',
      arguments: { source: 'docs', schedule: 'cron(0 3 * * ? *)' },
    });
    await expect(say(sync, 'schedule on why', here(opened()), world())).rejects.toMatchObject({ code: 'no-schedule-kept' });
    await expect(asked('schedule on source=docs why', takenAway('reports'))).rejects.toThrow('the schedule of docs');
  });

  test.each(['schedule', 'schedule maybe why', 'schedule vaultmesh-qbusiness'])('neither off nor on: %s', async (text) => {
    await expect(say(sync, text, here(opened()), world())).rejects.toMatchObject({ code: 'schedule-word' });
  });
});

function change(event: Extract<Parameters<Life['give']>[0]['ask'], { type: 'change' }>['event']) {
  return { type: 'change', event } as const;
}

function twice() {
  return runbooks.filter(({ id }) => id.endsWith('/sync-stale')).map((one) => ({ ...one, id: 'other/sync-failed', service: 'other' }));
}
