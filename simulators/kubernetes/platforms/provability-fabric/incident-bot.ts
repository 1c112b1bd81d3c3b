import { ApiError } from '../../api/status.ts';
import { validate } from '../../api/validate.ts';
import type { HttpAnswer, Instance, Program } from '../../containers/program.ts';
import { json, pathOf } from '../json-http.ts';
import type { Kit } from '../platform.ts';
import { type Fabric, FLUX, type GuardTrip, MONITORING, ROLLBACKS } from './state.ts';

const BUCKETS = [0.1, 0.5, 1, 5, 10, 30, 60];

function line(at: number, level: string, message: string, extra: Record<string, unknown> = {}): string {
  return JSON.stringify({ level, timestamp: new Date(at).toISOString(), message, ...extra });
}

/** The platform's incident bot: it decides about each tripped guard, and writes Rollbacks that their own schema refuses. */
export function incidentBot(state: Fabric, kitOf: () => Kit): Program {
  return {
    namespace: MONITORING,
    image: /incident-bot:/,
    commands: {},
    http: { 3000: (_instance, request) => serve(state, pathOf(request)) },
    start(instance) {
      const now = instance.cluster.clock.now();
      const { RISK_SCORE_THRESHOLD: risk = '0.8', HEARTBEAT_MISSES_THRESHOLD: misses = '3' } = instance.env;
      instance.log(line(now, 'info', 'Incident bot started', { riskScoreThreshold: Number(risk), heartbeatMissesThreshold: Number(misses) }));
    },
    tick(instance) {
      // One of its pods handles each event.
      for (; state.handled < state.trips.length; state.handled += 1) {
        const event = state.trips[state.handled];
        if (event !== undefined) decide(state, kitOf(), instance, event);
      }
    },
    usage: () => ({ cpu: 12, memory: 74 * 2 ** 20 }),
  };
}

function decide(state: Fabric, kit: Kit, instance: Instance, event: GuardTrip): void {
  const now = kit.cluster.clock.now();
  const { capsuleHash, tenantId, riskScore, heartbeatMisses } = event;
  const say = (level: string, message: string, extra: Record<string, unknown>) => instance.log(line(now, level, message, extra), now);
  state.counters.trips += 1;
  say('info', 'GuardTrip event received', { capsuleHash, tenantId, riskScore, heartbeatMisses, ts: event.ts });
  const risky = riskScore >= Number(instance.env['RISK_SCORE_THRESHOLD'] ?? '0.8');
  const missing = heartbeatMisses >= Number(instance.env['HEARTBEAT_MISSES_THRESHOLD'] ?? '3');
  const shouldRollback = risky || missing;
  state.latencies.push(0.2 + (state.trips.length % 5) / 10);
  say('info', 'Rollback decision', { capsuleHash, tenantId, shouldRollback, reason: risky ? 'high_risk' : missing ? 'heartbeat_miss' : 'none' });
  if (!shouldRollback) return;
  const reason = risky ? 'high_risk' : 'heartbeat_miss';
  const name = `rollback-${now}`;
  try {
    // As its code writes it: a version in the place of a hash, and the capsule's hash in the reason.
    const spec = { targetRelease: 'v0.1.0', reason: `${reason}_${capsuleHash}`, capsuleHash, tenantId };
    const rollback = { apiVersion: 'ops.prov-fabric.io/v1alpha1', kind: 'Rollback', metadata: { name, namespace: FLUX }, spec };
    validate(kit.cluster.types.named(ROLLBACKS), rollback);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    state.counters.errors += 1;
    say('error', 'Failed to create Rollback', { name, capsuleHash, statusCode: error.code, error: error.message });
    return;
  }
  state.counters.rollbacks.set(reason, (state.counters.rollbacks.get(reason) ?? 0) + 1);
}

function serve(state: Fabric, path: string): HttpAnswer {
  if (path === '/health') return json(200, { status: 'healthy' });
  if (path === '/metrics') return { status: 200, body: metrics(state), headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } };
  return json(404, { error: 'Not found' });
}

function metrics(state: Fabric): string {
  const { counters, latencies } = state;
  const counter = (name: string, help: string, lines: readonly string[]): string[] => [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines];
  const latency = 'incident_bot_decision_latency_seconds';
  const sum = latencies.reduce((total, one) => total + one, 0);
  return [
    ...counter(
      'incident_bot_rollbacks_total',
      'Total number of rollbacks triggered',
      ['high_risk', 'heartbeat_miss'].map((reason) => `incident_bot_rollbacks_total{reason="${reason}"} ${counters.rollbacks.get(reason) ?? 0}`),
    ),
    ...counter('incident_bot_guard_trips_total', 'Total number of guard trips received', [`incident_bot_guard_trips_total ${counters.trips}`]),
    ...counter('incident_bot_alerts_total', 'Total number of alerts received', [`incident_bot_alerts_total ${counters.alerts}`]),
    ...counter('incident_bot_decision_errors_total', 'Total number of failed decisions', [`incident_bot_decision_errors_total ${counters.errors}`]),
    `# HELP ${latency} Time from the event to the decision`,
    `# TYPE ${latency} histogram`,
    ...BUCKETS.map((le) => `${latency}_bucket{le="${le}"} ${latencies.filter((one) => one <= le).length}`),
    `${latency}_bucket{le="+Inf"} ${latencies.length}`,
    `${latency}_sum ${sum.toFixed(3)}`,
    `${latency}_count ${latencies.length}`,
    '',
  ].join('\n');
}
