import { describe, expect, test } from '@jest/globals';
import { runbook } from '../../commands/runbook/index.ts';
import { argumentsOf } from '../../commands/words.ts';
import { ChangeLife, PLAN, security } from '../blocks/helpers/changes.ts';
import { declared } from '../domain/helpers/incidents.ts';
import { press, say, submit, taken } from './helpers/fixture.ts';

const POLICY = 'aureus/policy-engine-failure';

function shown(answer: { reply?: unknown; modal?: unknown }): string {
  return JSON.stringify(answer.reply ?? answer.modal);
}

describe('/runbook list and show', () => {
  test('lists everything with what could not be loaded', async () => {
    const said = shown(await say(runbook, 'list'));
    expect(said).toContain(POLICY);
    expect(said).toContain('sark/assess');
    expect(said).toContain('broken.yml:3: risk is missing');
  });

  test('lists one service; a mistyped one gets a suggestion', async () => {
    expect(shown(await say(runbook, 'list SARK'))).not.toContain(POLICY);
    await expect(say(runbook, 'list sarc')).rejects.toThrow('Did you mean `sark`?');
  });

  test('shows a page by the short name, with Diagnose', async () => {
    const said = shown(await say(runbook, 'show policy-engine-failure'));
    expect(said).toContain('LAST RESORT: Clear the limit of one user');
    expect(said).toContain('"action_id":"runbook.diagnose","value":"aureus/policy-engine-failure"');
    expect(said).toContain('Needs the approval of incident commander and security, reverts by itself after 1 h');
  });
});

describe('Names of runbooks', () => {
  test('the part after the slash is enough when one is meant', async () => {
    expect((await say(runbook, 'diagnose policy-evaluation')).run).toMatchObject({ input: { runbook: 'sark/policy-evaluation' } });
  });

  test('the incident’s own service is preferred', async () => {
    const answer = await say(runbook, 'diagnose assess', { incident: taken().incident });
    expect(answer.asks).toEqual([
      {
        target: { kind: 'incident', id: 'INC-2026-0001' },
        ask: { type: 'request-diagnosis', run: 'request-1', runbook: 'aureus/assess', title: 'Runbook aureus/assess' },
      },
    ]);
  });

  test('a name that several have is asked about', async () => {
    await expect(say(runbook, 'diagnose assess')).rejects.toThrow('Several runbooks are called assess: `aureus/assess`, `sark/assess`. Which one?');
  });

  test.each(['policy-engine-failur', 'aureus/policy-engine', 'polcy-engine-failure'])('%s is near', async (word) => {
    await expect(say(runbook, `show ${word}`)).rejects.toThrow(`Did you mean \`${POLICY}\`?`);
  });

  test('a slip in an incident means a runbook of its service, if any is near', async () => {
    const { incident } = taken();
    await expect(say(runbook, 'show asses-it', { incident: { ...incident, service: 'sark' } })).rejects.toThrow('Did you mean `sark/assess`?');
    await expect(say(runbook, 'show asses-it', { incident: { ...incident, service: 'aureus' } })).rejects.toThrow('Did you mean `aureus/assess`?');
    await expect(say(runbook, 'show policy', { incident: { ...incident, service: 'sark' } })).rejects.toThrow(
      'Did you mean `sark/policy-evaluation`?',
    );
  });
});

describe('/runbook diagnose', () => {
  test('without a name, an incident gets its service’s first look', async () => {
    const answer = await say(runbook, 'diagnose', { incident: taken().incident, channel: 'C0ROOM' });
    expect(answer.asks?.[0]?.ask).toMatchObject({ type: 'request-diagnosis', runbook: 'aureus/assess' });
    expect(answer.reply).toBeUndefined();
  });

  test('outside of an incident it answers where it was asked, in private to the person', async () => {
    expect((await say(runbook, `diagnose ${POLICY}`)).run).toEqual({
      kind: 'diagnosis',
      input: { incident: null, runbook: POLICY, by: 'U0ADA', to: { kind: 'channel', channel: 'C0OTHER' } },
    });
    expect((await say(runbook, `diagnose ${POLICY}`, { channel: 'D0ADA' })).run?.input).toMatchObject({ to: { kind: 'person', user: 'U0ADA' } });
    expect((await say(runbook, `diagnose ${POLICY}`, { channel: null })).run?.input).toMatchObject({ to: { kind: 'person', user: 'U0ADA' } });
  });

  test('without a name outside of an incident a form asks; its answer diagnoses', async () => {
    expect((await say(runbook, 'diagnose')).modal?.callback_id).toBe('runbook.pick');
    const answer = await submit(runbook, 'runbook.pick', { runbook: POLICY }, {});
    expect(answer.run).toMatchObject({ kind: 'diagnosis', input: { runbook: POLICY } });
  });

  test('the card’s button offers the runbooks of the service, the first look chosen', async () => {
    const modal = shown(await press(runbook, 'runbook.pick', '', taken().incident));
    expect(modal).toContain('"initial_option":{"text":{"type":"plain_text","text":"Runbook aureus/assess (aureus/assess)"');
    expect(modal).not.toContain('sark/assess');
  });
});

describe('/runbook run', () => {
  test('with everything said, it asks at once', async () => {
    const answer = await say(runbook, `run ${POLICY} reload users cannot query`, { incident: taken().incident, channel: 'C0ROOM' });
    expect(answer.modal).toBeUndefined();
    expect(answer.asks).toEqual([
      {
        target: { kind: 'incident', id: 'INC-2026-0001' },
        ask: {
          type: 'request-remedy',
          run: 'request-1',
          runbook: POLICY,
          revision: expect.stringMatching(/^[0-9a-f]{64}$/),
          remedy: 'reload',
          title: 'Reload policies',
          risk: 'change',
          needs: ['responder'],
          arguments: {},
          reason: 'users cannot query',
        },
      },
    ]);
    expect(JSON.stringify(answer.reply)).toContain('Its plan appears there in a moment.');
  });

  test('without a reason a form opens', async () => {
    const answer = await say(runbook, `run ${POLICY} reload`, { incident: taken().incident });
    expect(answer.asks).toBeUndefined();
    expect(answer.modal?.callback_id).toBe('runbook.run');
    expect(JSON.parse(answer.modal?.private_metadata ?? '{}')).toEqual({ incident: 'INC-2026-0001', remedy: `${POLICY}#reload` });
  });

  test('arguments are taken, defaults are filled in, and last resorts say so', async () => {
    const answer = await say(runbook, `run ${POLICY} clear-limit user=bob because they pay`, { incident: taken().incident });
    expect(answer.asks?.[0]?.ask).toMatchObject({
      title: 'LAST RESORT: Clear the limit of one user',
      arguments: { user: 'bob', limit: '20' },
      needs: ['incident-commander', 'responder'],
      reason: 'because they pay',
    });
  });

  test('a missing argument opens the form with what was given', async () => {
    const answer = await say(runbook, `run ${POLICY} clear-limit limit=5 because they pay`, { incident: taken().incident });
    const modal = shown(answer);
    expect(modal).toContain('LAST RESORT');
    expect(modal).toContain('"initial_value":"5"');
    expect(modal).toContain('"initial_value":"because they pay"');
  });

  test.each([
    ['user=Bob!', '`user` cannot be `Bob!`'],
    ['user=bob$(reboot)', '`user` cannot be'],
    ['user=⟨bob⟩', '`user` cannot have `⟨` or `⟩` in it'],
    ['usr=bob', 'Did you mean `user=`?'],
    ['constructor=bob', 'There is no argument `constructor`'],
    [`user=${'b'.repeat(201)}`, 'more than 200 characters'],
  ])('%s is refused before anything else', async (given, message) => {
    await expect(say(runbook, `run ${POLICY} clear-limit ${given} why`, { incident: taken().incident })).rejects.toThrow(message);
  });

  test('a pattern has to match the whole value, whatever lines it has', async () => {
    await expect(
      submit(
        runbook,
        'runbook.run',
        { reason: 'why', arg_user: 'bob\nroot' },
        { incident: taken().incident, remember: { remedy: `${POLICY}#clear-limit` } },
      ),
    ).rejects.toThrow('`user` cannot be');
  });

  test('a mistyped remedy gets the nearest; none gets the list', async () => {
    await expect(say(runbook, `run ${POLICY} relod why`)).rejects.toThrow('Did you mean `reload`? It has: `reload`, `clear-limit`');
    await expect(say(runbook, `run ${POLICY} constructor why`)).rejects.toThrow('has no remedy “constructor”');
    await expect(say(runbook, `run ${POLICY}`)).rejects.toThrow('Which remedy of aureus/policy-engine-failure?');
    await expect(say(runbook, 'run assess x', { incident: taken().incident })).rejects.toThrow('has no remedies');
    await expect(say(runbook, 'run')).rejects.toThrow('Which runbook');
  });

  test('what the runbook or the severity does not allow is refused before a form is filled in', async () => {
    await expect(say(runbook, `run ${POLICY} only-when-identified`, { incident: taken().incident })).rejects.toMatchObject({
      code: 'not-now',
      refusal: true,
    });
    await expect(say(runbook, `run ${POLICY} bypass`, { incident: taken().incident })).rejects.toMatchObject({
      code: 'severity-needed',
      refusal: true,
    });
    expect((await say(runbook, `run ${POLICY} bypass`, { incident: taken('P0').incident })).modal).toBeDefined();
  });

  test('another service’s runbook changes nothing in this incident', async () => {
    await expect(say(runbook, 'run sark/policy-evaluation fail-open why', { incident: taken('P0').incident })).rejects.toMatchObject({
      code: 'other-service',
      refusal: true,
    });
  });

  test('outside of an incident it declares one in the same breath', async () => {
    const answer = await say(runbook, `run ${POLICY} reload why`);
    expect(answer.asks?.map(({ target, ask }) => [target.kind, ask.type])).toEqual([
      ['new', 'declare'],
      ['declared', 'request-remedy'],
    ]);
    expect(answer.asks?.[0]?.ask).toMatchObject({ title: 'Policy engine failure', service: 'aureus', severity: 'P1' });
    const emergency = await say(runbook, `run ${POLICY} bypass why`);
    expect(emergency.asks?.[0]?.ask).toMatchObject({ severity: 'P0' });
  });

  test('open incidents of the service are offered before another is declared', async () => {
    const world = { lives: [taken('P0')] };
    const answer = await say(runbook, `run ${POLICY} reload why`, {}, world);
    expect(answer.asks).toBeUndefined();
    expect(shown(answer)).toContain('"value":"INC-2026-0001"');
    const remember = { remedy: `${POLICY}#reload` };
    const chosen = await submit(runbook, 'runbook.run', { reason: 'why', where: 'INC-2026-0001' }, { remember }, world);
    expect(chosen.asks?.map(({ target }) => target)).toEqual([{ kind: 'incident', id: 'INC-2026-0001' }]);
    const fresh = await submit(runbook, 'runbook.run', { reason: 'why', where: 'new' }, { remember }, world);
    expect(fresh.asks?.map(({ target }) => target.kind)).toEqual(['new', 'declared']);
    await expect(submit(runbook, 'runbook.run', { reason: 'why', where: 'INC-2026-0099' }, { remember }, world)).rejects.toThrow(
      'There is no incident INC-2026-0099',
    );
  });

  test('a button opens the form; its answer asks', async () => {
    const { incident } = declared('P0');
    const answer = await press(runbook, 'runbook.run', `${POLICY}#clear-limit`, incident);
    expect(answer.modal?.callback_id).toBe('runbook.run');
    const asked = await submit(
      runbook,
      'runbook.run',
      { reason: ' they pay ', arg_user: 'bob', arg_limit: '' },
      { incident, remember: { remedy: `${POLICY}#clear-limit` } },
    );
    expect(asked.asks?.[0]?.ask).toMatchObject({ arguments: { user: 'bob', limit: '20' }, reason: 'they pay' });
  });

  test('outside of an incident the form has what the diagnosis of the button found', async () => {
    const world = { fills: { 'run-7': { 'clear-limit': { user: 'bob' } } } };
    expect(shown(await press(runbook, 'runbook.run', `${POLICY}#clear-limit@run-7`, null, world))).toContain('"initial_value":"bob"');
    expect(shown(await press(runbook, 'runbook.run', `${POLICY}#clear-limit@run-8`, null, world))).not.toContain('bob');
    expect(shown(await press(runbook, 'runbook.run', `${POLICY}#clear-limit`, null, world))).not.toContain('bob');
  });

  test('a button of a runbook that is gone says so', async () => {
    await expect(press(runbook, 'runbook.run', 'aureus/gone#x', null)).rejects.toThrow('no longer exists');
    await expect(press(runbook, 'runbook.run', '', null)).rejects.toMatchObject({ code: 'unknown-runbook' });
  });

  test('a form without a reason is not taken', async () => {
    await expect(submit(runbook, 'runbook.run', { reason: '  ' }, { remember: { remedy: `${POLICY}#reload` } })).rejects.toThrow(
      'Please fill this in.',
    );
  });
});

test.each([
  ['user=bob why', { user: 'bob' }, 'why'],
  ['user=bob limit=5', { user: 'bob', limit: '5' }, ''],
  ['user="bob the builder" why not', { user: 'bob the builder' }, 'why not'],
  ['user=“bob b” why', { user: 'bob b' }, 'why'],
  ['because a=b is wrong', {}, 'because a=b is wrong'],
  ['USER=bob', { user: 'bob' }, ''],
  ['__proto__=x why', {}, '__proto__=x why'],
  ['user= why', { user: '' }, 'why'],
])('%s is read as arguments and a reason', (text, given, reason) => {
  expect(argumentsOf(text)).toEqual({ given, reason });
});

describe('/runbook preflight', () => {
  test('of the named service, the incident’s or the channel’s', async () => {
    const input = (service: string) => ({ kind: 'preflight', input: { service, by: 'U0ADA', to: { kind: 'channel', channel: expect.any(String) } } });
    expect((await say(runbook, 'preflight sark')).run).toEqual(input('sark'));
    expect((await say(runbook, 'preflight', { incident: taken().incident })).run).toEqual(input('aureus'));
    expect((await say(runbook, 'preflight', { channel: 'C0SARK' })).run).toEqual(input('sark'));
  });

  test('says what is missing', async () => {
    await expect(say(runbook, 'preflight')).rejects.toThrow('Services: aureus, sark, idle');
    await expect(say(runbook, 'preflight idle')).rejects.toMatchObject({ code: 'no-runbooks' });
  });
});

test('help lists every subcommand', async () => {
  const said = shown(await say(runbook, ''));
  for (const { usage } of runbook.subcommands) expect(said).toContain(JSON.stringify(usage).slice(1, -1));
});

describe('/runbook revert', () => {
  /** A change without an end of its own that was applied; `oneWay`: nothing of it can be put back. */
  function applied(oneWay?: readonly string[]): ChangeLife {
    const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Set it', text: 'why', many: 1 }, { risk: 'destructive' });
    life.request();
    life.plan(oneWay === undefined ? {} : { oneWay });
    life.ask({ type: 'approve', plan: PLAN }, security);
    life.apply();
    life.inForce();
    return life;
  }

  test('the only change that can be reverted, or the one that is named; without a reason a form asks', async () => {
    const asked = [{ target: { kind: 'incident', id: 'INC-2026-0001' }, ask: { type: 'revert', plan: PLAN, reason: 'the load is gone' } }];
    const world = { lives: [applied()] };
    expect((await say(runbook, 'revert the load is gone', {}, world)).asks).toEqual(asked);
    expect((await say(runbook, `revert ${PLAN} the load is gone`, {}, world)).asks).toEqual(asked);
    expect(shown(await say(runbook, `revert ${PLAN}`, {}, world))).toContain('Reverting does this at once');
  });

  test('of several it names each', async () => {
    const other = { incident: { ...applied().incident, id: 'INC-2026-0002' }, records: [] };
    await expect(say(runbook, 'revert why', {}, { lives: [applied(), other] })).rejects.toThrow(
      `Which change? \`/runbook revert PLN-... reason\`. The newest: \`INC-2026-0001 ${PLAN}\` Set it, \`INC-2026-0002 ${PLAN}\` Set it.`,
    );
  });

  test('where there is no way back it says why, and what to do', async () => {
    const life = applied(['A restart changes no setting. Roll back instead.']);
    const world = { lives: [life] };
    await expect(say(runbook, `revert ${PLAN}`, {}, world)).rejects.toThrow(
      '“Set it” cannot be reverted. A restart changes no setting. Roll back instead.',
    );
    await expect(say(runbook, 'revert why', {}, world)).rejects.toMatchObject({ code: 'nothing-to-revert' });
    expect(() => life.ask({ type: 'revert', plan: PLAN, reason: 'why' })).toThrow('cannot be reverted');
    // What a release before has recorded does not say why.
    await expect(say(runbook, `revert ${PLAN}`, {}, { lives: [applied([])] })).rejects.toThrow('correct that by hand');
  });

  test('nothing is reverted in a closed incident, nor what is not in force', async () => {
    const life = applied();
    life.ask({ type: 'resolve', summary: 'over' });
    life.ask({ type: 'close' });
    expect(() => life.ask({ type: 'revert', plan: PLAN, reason: 'why' })).toThrow('is closed. Reopen it');
    const waiting = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Set it', text: 'why', many: 1 });
    waiting.request();
    waiting.plan();
    await expect(say(runbook, `revert ${PLAN}`, {}, { lives: [waiting] })).rejects.toThrow('is not in force: it waits for');
  });
});
