import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StatuspageSimulator } from '../../../simulators/statuspage/index.ts';
import { statuspage } from '../../../src/adapters/statuspage/statuspage.ts';
import type { PublicNotice } from '../../../src/ports/status-page.ts';

const NOTICE: PublicNotice = {
  incident: 'INC-2026-0001',
  notice: 'PLN-1',
  subject: 'Slow',
  text: 'Orders are slow.',
  status: 'investigating',
  state: 'partial_outage',
  at: 0,
};

describe('A page of Atlassian Statuspage', () => {
  let simulator: StatuspageSimulator;
  const open = (more: Partial<Parameters<typeof statuspage>[0]> = {}) =>
    statuspage({
      address: simulator.url,
      key: simulator.key,
      page: simulator.page,
      components: ['component01'],
      installation: async () => '1a2b3c4d',
      ...more,
    });

  beforeEach(async () => {
    simulator = await StatuspageSimulator.start({ components: ['component01'] });
  });
  afterEach(() => simulator.stop());

  test('two installations that share a page have an entry each, although their incidents have the same ids', async () => {
    await open().publish(NOTICE);
    const other = open({ installation: async () => '9f8e7d6c' });
    await other.publish({ ...NOTICE, notice: 'PLN-9', text: 'Searches are slow.' });
    await open().publish({ ...NOTICE, notice: 'PLN-2', text: 'Orders work.' });
    expect(simulator.incidents.map(({ incident_updates: updates }) => updates.map(({ body }) => body))).toEqual([
      ['Searches are slow.'],
      ['Orders work.', 'Orders are slow.'],
    ]);
  });

  test('an entry of a release before, which does not say whose it is, is continued', async () => {
    await open().publish(NOTICE);
    const [entry] = simulator.incidents;
    if (entry !== undefined) entry.metadata = { tocsin: { incident: NOTICE.incident, notice: NOTICE.notice, state: NOTICE.state } };
    await open().publish({ ...NOTICE, notice: 'PLN-2', text: 'Orders work.' });
    expect(simulator.incidents).toHaveLength(1);
  });

  test('the notices of an incident are one incident of the page, with its components', async () => {
    const page = open();
    expect(await page.publish(NOTICE)).toEqual({ url: 'https://stspg.example/incident0001' });
    expect(simulator.components.get('component01')).toBe('partial_outage');
    await page.publish({ ...NOTICE, notice: 'PLN-2', status: 'resolved', state: 'operational', text: 'It works.' });
    expect(simulator.incidents).toHaveLength(1);
    expect(simulator.incidents[0]).toMatchObject({ name: 'Slow', status: 'resolved' });
    expect(simulator.incidents[0]?.incident_updates.map(({ body }) => body)).toEqual(['It works.', 'Orders are slow.']);
    expect(simulator.components.get('component01')).toBe('operational');
  });

  test('a component works no better than the gravest incident that is open on it, and only on it', async () => {
    const page = open();
    const other = open({ components: ['component02'] });
    simulator.components.set('component02', 'operational');
    const over = { status: 'resolved', state: 'operational' } as const;
    const works = () => ['component01', 'component02'].map((id) => simulator.components.get(id));
    await other.publish({ ...NOTICE, incident: 'INC-4', notice: 'PLN-9', state: 'major_outage' });
    await page.publish(NOTICE);
    await page.publish({ ...NOTICE, incident: 'INC-2', notice: 'PLN-2', state: 'degraded_performance' });
    expect(works()).toEqual(['partial_outage', 'major_outage']);
    await page.publish({ ...NOTICE, ...over, notice: 'PLN-3' });
    expect(works()).toEqual(['degraded_performance', 'major_outage']);
    await page.publish({ ...NOTICE, ...over, incident: 'INC-2', notice: 'PLN-4' });
    expect(works()).toEqual(['operational', 'major_outage']);
    // As a release before left it.
    await page.publish({ ...NOTICE, notice: 'PLN-5' });
    for (const one of simulator.incidents) if (one.status !== 'resolved') one.metadata = { tocsin: { incident: 'INC-3', notice: 'PLN-5' } };
    await page.publish({ ...NOTICE, ...over, incident: 'INC-2', notice: 'PLN-6' });
    expect(works()).toEqual(['degraded_performance', 'major_outage']);
  });

  test('a notice whose answer was lost is there once', async () => {
    const page = open();
    for (const notice of ['PLN-1', 'PLN-2']) {
      simulator.losesAnswers = 1;
      await expect(page.publish({ ...NOTICE, notice })).rejects.toMatchObject({ reason: 'away' });
      await page.publish({ ...NOTICE, notice });
    }
    expect(simulator.incidents).toHaveLength(1);
    expect(simulator.incidents[0]?.incident_updates).toHaveLength(2);
  });

  test.each([
    [401, 'refused', 'Correct STATUSPAGE_API_KEY'],
    [403, 'refused', 'Use a key of somebody who may'],
    [404, 'refused', 'Correct notices.status_page.page'],
    [422, 'refused', 'Statuspage refuses it: Injected by the simulator.. Correct notices.status_page.components'],
    [429, 'later', 'one request a second'],
    [420, 'later', 'one request a second'],
    [503, 'away', 'Statuspage answered 503'],
  ])('%i is said with what to change', async (status, reason, says) => {
    simulator.refuses = status;
    await expect(open().publish(NOTICE)).rejects.toMatchObject({ reason, message: expect.stringContaining(says) });
  });

  test('a component that the page does not have is found beforehand, and so is a server that is away', async () => {
    await open().verify();
    await expect(open({ components: ['nope'] }).verify()).rejects.toThrow('the page has no component nope');
    await expect(open({ components: ['nope'] }).publish(NOTICE)).rejects.toThrow('Component nope is not of this page');
    await expect(open({ address: 'http://127.0.0.1:9' }).verify()).rejects.toMatchObject({ reason: 'away' });
  });
});
