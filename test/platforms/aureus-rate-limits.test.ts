import { beforeEach, expect, test } from '@jest/globals';
import { describeWorld } from '../e2e/helpers/each.ts';
import {
  ADA,
  approve,
  breakIt,
  commanded,
  environmentOf,
  GRACE,
  MARIE,
  messageWith,
  nothingChanged,
  planOf,
  refusals,
  request,
  type Situation,
} from '../e2e/helpers/remedies.ts';
import { about, admin, cardText, diagnose, kubernetes, object, readyPods, stored, until } from '../e2e/helpers/runbooks.ts';
import { lastTold, readable, startWorld } from '../e2e/helpers/world.ts';

const RUNBOOK = 'aureus/rate-limiting';
const FRONTEND = ['aureus', 'aureus-frontend'] as const;
const FAULT = 'rate-limits-false';

describeWorld('AUREUS: rate limits', { delivery: 'http', platforms: true }, (world) => {
  let situation: Situation;

  beforeEach(async () => {
    situation = await commanded(world(), 'P0 aureus Legitimate users are blocked');
    await breakIt(world(), FAULT);
  });

  function blocked(): boolean {
    return (
      kubernetes(world())
        .faults.list()
        .find(({ id }) => id === FAULT)?.active ?? false
    );
  }

  /** A command in the platform's redis, as somebody with all rights sends it. */
  async function redis(...words: readonly string[]): Promise<string> {
    const [pod] = readyPods(world(), 'redis');
    const password = Buffer.from(object<{ data: { password: string } }>(world(), 'secrets', 'aureus-redis').data.password, 'base64').toString();
    const stdin = `AUTH ${password}\n${words.join(' ')}\n`;
    const { stdout } = await admin(world()).exec({
      pod: pod?.metadata.name ?? '',
      container: 'redis',
      argv: ['redis-cli'],
      stdin,
      timeoutMs: 10_000,
    });
    return Buffer.from(stdout).toString('utf8').replace(/^OK\n/, '').trim();
  }

  /** The file that a plan's last step wrote, in each pod that shares the volume, and its copy in the evidence. */
  async function decision(plan: {
    readonly id: string;
  }): Promise<{ readonly inPods: readonly string[]; readonly copy: string; readonly path: string }> {
    const written = (await stored(world(), situation.id)).find(
      ({ type, data }) => type === 'change.applied' && data.plan === plan.id && data.uses === 'volume.write-file',
    );
    const path = /\/app\/evidence\/rate-limit-adjustment-\d{8}-\d{6}\.log/.exec(String(written?.data.summary))?.[0] ?? '';
    const inPods = readyPods(world(), 'frontend').map(
      ({ metadata }) => kubernetes(world()).cluster.readFile('aureus', metadata.name, path)?.toString('utf8') ?? '',
    );
    return { inPods, copy: written?.text ?? '', path };
  }

  test('[AU-50] [AU-51] the log lines of rate limits, and the keys in redis by SCAN, never by KEYS', async () => {
    const scans = async () => Number(/cmdstat_scan:calls=(\d+)/.exec(await redis('INFO', 'commandstats'))?.[1] ?? '0');
    const before = await scans();
    const log = { pod: readyPods(world(), 'frontend')[0]?.metadata.name ?? '', container: 'frontend', tail: 5 };
    await until(async () => (await admin(world()).logs(log)).text.includes('Rate limit exceeded'), 'users are refused');
    const { board, steps, findings, suggests } = await diagnose(world(), situation, RUNBOOK);
    expect(steps.log?.data.summary).toMatch(/^[1-9]\d* of \d+ lines match/);
    expect(steps.log?.text).toContain('Rate limit exceeded: rate limit hit by a legitimate user');
    expect(board).toContain('ratelimit:query:ana.analyst@example.com');
    expect(steps.keys?.data.summary).toMatch(/^4 keys match ratelimit:\*/);
    expect(await scans()).toBeGreaterThan(before);
    expect(await redis('INFO', 'commandstats')).toMatch(/^# Commandstats(?!.*cmdstat_keys)/s);
    expect(findings.join(' ')).toContain('4 users are counted in the cache now.');
    expect(suggests).toContain('raise-limits');
  });

  test('[AU-52] [AU-55] raised limits: two people, the effect, the decision in the evidence and as a file in the pods, and the way back', async () => {
    const plan = await request(world(), situation, `${RUNBOOK} raise-limits Analysts cannot work`);
    await approve(world(), ADA, situation, plan);
    expect(lastTold(world(), ADA)).toContain('Still needed from somebody else');
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    expect(blocked()).toBe(true);
    await approve(world(), GRACE, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(environmentOf(world(), ...FRONTEND)).toMatchObject({ RATE_LIMIT_QUERY: '20', RATE_LIMIT_DEPLOY: '10' });
    expect(blocked()).toBe(false);
    const { inPods, copy } = await decision(plan);
    expect(inPods).toHaveLength(3);
    for (const text of inPods) expect(text).toBe(copy);
    for (const words of [situation.id, plan.id, plan.hash, ADA, GRACE]) expect(copy).toContain(words);
    expect((await about(world(), plan, situation.id, 'change.intended'))[0]?.data.approvers).toHaveLength(2);

    await world().say(ADA, situation.room, `/bypass revert ${plan.id} It is quiet again`);
    expect((await planOf(world(), situation.id)).status).toBe('reverted');
    expect(environmentOf(world(), ...FRONTEND)).not.toHaveProperty('RATE_LIMIT_QUERY');
    expect((await decision(plan)).inPods[0]).toBe(copy);
  });

  test('[AU-54] [AU-55] switching rate limiting off is a last resort for P0: commander and security, its own file, and it reverts', async () => {
    const lesser = await commanded(world(), 'P2 aureus A few users are blocked');
    await world().say(ADA, lesser.room, `/runbook run ${RUNBOOK} disable Nothing else helps`);
    expect(await refusals(world(), lesser.id)).toEqual([expect.stringMatching(/^(not-now|severity-needed)$/)]);
    const plan = await request(world(), situation, `${RUNBOOK} disable Nothing else helps`);
    expect(cardText(world(), situation, plan)).toContain('LAST RESORT: Disable rate limiting');
    await approve(world(), ADA, situation, plan);
    expect(environmentOf(world(), ...FRONTEND)).not.toHaveProperty('RATE_LIMITING_ENABLED');
    await approve(world(), MARIE, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(environmentOf(world(), ...FRONTEND)).toMatchObject({ RATE_LIMITING_ENABLED: 'false' });
    expect(blocked()).toBe(false);
    const { inPods, copy } = await decision(plan);
    expect(inPods[0]).toBe(copy);
    for (const words of [situation.id, ADA, MARIE]) expect(copy).toContain(words);
    await world().later(56);
    expect((await planOf(world(), situation.id)).status).toBe('reverted');
    expect(environmentOf(world(), ...FRONTEND)).not.toHaveProperty('RATE_LIMITING_ENABLED');
  });

  test('[AU-53] one user’s limit is cleared by the application’s own API, and only that user’s', async () => {
    const user = 'ben.builder@example.com';
    const deletions = async () => Number(/cmdstat_(?:del|unlink|flushdb):calls=(\d+)/.exec(await redis('INFO', 'commandstats'))?.[1] ?? '0');
    const before = await deletions();
    const plan = await request(world(), situation, `${RUNBOOK} clear-user user=${user} He is no robot`);
    expect(cardText(world(), situation, plan)).toContain(`Sends DELETE /api/rate-limit/${user}`);
    await approve(world(), ADA, situation, plan);
    expect(await redis('EXISTS', `ratelimit:query:${user}`)).toBe('1');
    await approve(world(), GRACE, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(await redis('EXISTS', `ratelimit:query:${user}`)).toBe('0');
    expect(await redis('EXISTS', 'ratelimit:query:ana.analyst@example.com')).toBe('1');
    expect(await deletions()).toBe(before);
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data).toMatchObject({
      uses: 'http.change',
      summary: expect.stringContaining(`DELETE rate-limit-api/api/rate-limit/${user} answered 200`),
    });
  });
});

test('[AU-53] where no API of the application is configured, clearing one user’s limit is refused with the reason', async () => {
  const world = await startWorld({ delivery: 'http', platforms: true, config: (text) => text.replace(/^ +rate-limit-api: .*\n/m, '') });
  try {
    const situation = await commanded(world, 'P2 aureus A user is blocked');
    await world.say(ADA, situation.room, `/runbook run ${RUNBOOK} clear-user user=ben.builder@example.com He is no robot`);
    const [failed] = (await stored(world, situation.id)).filter(({ type }) => type === 'remedy.failed');
    expect(failed?.data.reason).toContain('The service aureus has no target “rate-limit-api”');
    expect(readable(messageWith(world, situation.room, 'rate-limit-api'))).toContain('services.aureus.targets.rate-limit-api');
    expect(await nothingChanged(world, situation.id)).toBe(true);
  } finally {
    await world.stop();
  }
});
