import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FAULTS, S3Simulator } from '../../simulators/s3/index.ts';
import { S3Store } from '../../src/adapters/evidence/s3.ts';
import { exitCode } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { evidenceOutbox } from '../../src/store/outbox.ts';
import { declare, startWorld, type World } from '../e2e/helpers/world.ts';
import { ownPins } from '../evidence/helpers/pins.ts';
import { eventually } from '../store/helpers/eventually.ts';

const BUCKET = 'evidence';

describe('while the evidence store is down', () => {
  let s3: S3Simulator;
  let world: World;

  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID = 'test';
    process.env.AWS_SECRET_ACCESS_KEY = 'test';
    s3 = await S3Simulator.start({ buckets: { [BUCKET]: { versioned: true } } });
    world = await startWorld({ delivery: 'http', bucket: { endpoint: s3.url, name: BUCKET } });
  });
  afterAll(async () => s3.stop());

  test('work goes on, the outbox holds every record, and all of it arrives afterwards', async () => {
    s3.faults.add({ fault: FAULTS.unavailable, method: 'PUT', times: 100_000 });
    const { id, room } = await declare(world, 'P1 aureus The store is away');
    await world.say('U0ADA', room, 'ack');
    await world.say('U0ADA', room, 'note still working');
    expect((await evidenceOutbox(world.tocsin.database).depth()).records).toBeGreaterThan(5);
    const ready = async () => (await fetch(`http://127.0.0.1:${world.tocsin.ops.port}/readyz`)).text();
    await eventually('readiness notes it', async () => /note: evidence store away \(evidence-store-[a-z]+\): records wait/.test(await ready()));
    const store = S3Store.open({ bucket: BUCKET, prefix: 'tocsin', region: 'us-east-1', endpoint: s3.url });
    expect(await store.get(`incidents/${id}/records/00000001.json`)).toBeNull();

    s3.faults.clear();
    await world.say('U0ADA', room, 'resolve done');
    await world.say('U0ADA', room, 'close');
    await world.settled();
    // The log's own checkpoint comes a moment after the others.
    await eventually('all is stored', async () => (await evidenceOutbox(world.tocsin.database).depth()).records === 0);
    expect(await ready()).toBe('ready\n');
    await world.stop();
    expect(exitCode(await verifyEvidence(store, { strict: true, ...(await ownPins(store)) }))).toBe(0);
  });
});
