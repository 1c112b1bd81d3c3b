import { beats, type HttpAnswer, type HttpRequest, type Instance, type Program } from '../../containers/program.ts';
import { json, pathOf } from '../json-http.ts';
import type { Kit } from '../platform.ts';
import { BAD_POLICIES, NAMESPACE, type Sark } from './state.ts';

function line(at: number, level: string, msg: string, extra: Record<string, unknown> = {}): string {
  return JSON.stringify({ level, msg, time: new Date(at).toISOString(), ...extra });
}

/** Whether this container mounts the bad policies: it keeps what it was started with. */
function bad(instance: Instance): boolean {
  return (instance.pod().spec.volumes ?? []).some((volume) => volume.configMap?.name === BAD_POLICIES);
}

/** Open Policy Agent: a static binary, so there is no curl and no shell in its image. */
export function opaProgram(state: Sark, kitOf: () => Kit): Program {
  const serve = (instance: Instance, request: HttpRequest): HttpAnswer => {
    const path = pathOf(request);
    const latencyMs = state.slow ? 85 : 3;
    if (path === '/health') return json(200, {}, latencyMs);
    if (path === '/v1/policies') {
      const result = ['mcp_authorization.rego'].map((name) => ({
        id: `policies/${name}`,
        raw: instance.files.read(`/policies/${name}`).toString(),
        ast: {},
      }));
      return json(200, { result }, latencyMs);
    }
    if (path === '/metrics') return { status: 200, body: 'http_request_duration_seconds_count 1823\n' };
    if (!path.startsWith('/v1/data')) return json(404, { code: 'not_found', message: 'path not found' });
    if (bad(instance)) {
      const location = { file: 'policies/mcp_authorization.rego', row: 9, col: 1 };
      return json(
        500,
        {
          code: 'internal_error',
          message: 'error(s) occurred while evaluating query',
          errors: [{ code: 'eval_conflict_error', message: 'complete rules must not produce multiple outputs', location }],
        },
        latencyMs,
      );
    }
    if (path === '/v1/data/mcp/allow' || path === '/v1/data/mcp')
      return json(200, { result: path.endsWith('allow') ? true : { allow: true } }, latencyMs);
    return json(200, {}, latencyMs);
  };
  return {
    namespace: NAMESPACE,
    image: /^openpolicyagent\/opa:/,
    commands: {
      opa: (context, args) => {
        if (args[0] !== 'version') return 1;
        context.out('Version: 1.4.2\nPlatform: linux/amd64\n');
        return 0;
      },
    },
    http: { 8181: serve },
    start: (instance) => instance.log(line(instance.cluster.clock.now(), 'info', 'Initializing server.', { addrs: ['0.0.0.0:8181'] })),
    health: (instance) => {
      if (!state.overloaded(kitOf())) return { ready: true };
      return {
        exit: 137,
        reason: 'OOMKilled',
        lines: [line(instance.cluster.clock.now(), 'warn', 'decision log buffer is full, dropping events', { dropped: 1_200 })],
      };
    },
    tick(instance, from, now) {
      for (const at of beats(from, now, 60_000, instance.startedAt % 60_000))
        instance.log(
          line(at, 'info', 'Sent response.', {
            req_path: '/v1/data/mcp/allow',
            resp_status: bad(instance) ? 500 : 200,
            resp_duration: state.slow ? 85.4 : 1.9,
          }),
          at,
        );
      if (!bad(instance)) return;
      for (const at of beats(from, now, 5_000, instance.startedAt % 5_000))
        instance.log(
          line(at, 'error', 'eval_conflict_error: complete rules must not produce multiple outputs', {
            location: 'policies/mcp_authorization.rego:9',
          }),
          at,
        );
    },
    usage: () => ({ cpu: state.opaLoad ? 310 : 22, memory: (state.opaLoad ? 260 : 48) * 2 ** 20 }),
  };
}
