import { expect, test } from '@jest/globals';
import { parseMetrics, quantile } from '../../../src/actions/http/prometheus.ts';

const PAGE = `# HELP incident_bot_rollbacks_total Total number of rollbacks triggered
# TYPE incident_bot_rollbacks_total counter
incident_bot_rollbacks_total{reason="high_risk"} 3
incident_bot_rollbacks_total{reason="heartbeat, \\"miss\\"\\n"} 2 1756468800000
incident_bot_up 1
lat_bucket{le="1"} 5
lat_bucket{le="10"} 9
lat_bucket{le="+Inf"} 10
lat_sum 4.5e1
bad line here
incident_bot_nan NaN
`;

test('samples are read with labels, escapes, exponents and times; what is none is left out', () => {
  expect(parseMetrics(PAGE)).toEqual([
    { name: 'incident_bot_rollbacks_total', labels: { reason: 'high_risk' }, value: 3 },
    { name: 'incident_bot_rollbacks_total', labels: { reason: 'heartbeat, "miss"\n' }, value: 2 },
    { name: 'incident_bot_up', labels: {}, value: 1 },
    { name: 'lat_bucket', labels: { le: '1' }, value: 5 },
    { name: 'lat_bucket', labels: { le: '10' }, value: 9 },
    { name: 'lat_bucket', labels: { le: '+Inf' }, value: 10 },
    { name: 'lat_sum', labels: {}, value: 45 },
  ]);
});

test('a quantile is interpolated as Prometheus does it; beyond the last bound it is that bound, without observations there is none', () => {
  const samples = parseMetrics(PAGE);
  expect(quantile(samples, 'lat', 0.5)).toBe(1);
  expect(quantile(samples, 'lat', 0.7)).toBe(1 + (9 * 2) / 4);
  expect(quantile(samples, 'lat', 0.95)).toBe(10);
  expect(quantile(samples, 'other', 0.95)).toBeNull();
  expect(quantile(parseMetrics('x_bucket{le="1"} 0\nx_bucket{le="+Inf"} 0\n'), 'x', 0.95)).toBeNull();
});
