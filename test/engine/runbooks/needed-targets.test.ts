import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { ACTION_REGISTRY, BUILT_IN } from '../../../src/app/built-in.ts';
import { createContexts } from '../../../src/app/contexts.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { environmentSchema } from '../../../src/config/schema.ts';
import type { ContextOptions } from '../../../src/engine/runbooks/deps.ts';
import { openCatalogue } from '../../../src/engine/runbooks/load/catalogue.ts';
import { neededTargets } from '../../../src/engine/runbooks/preflight/needed-targets.ts';
import { kindOf } from '../../../src/ports/targets.ts';
import { rbacManifest } from '../../../src/rights/rbac.ts';
import { knownSettings, unusedSettings } from '../../../src/rights/service-settings.ts';
import { NOTHING_SEEN, targetsBlock } from '../../../src/rights/targets-block.ts';
import { read } from '../../docs/files.ts';

const demo = parseConfig(read('demo/tocsin.demo.yml'), 'tocsin.demo.yml');
const catalogue = await openCatalogue({ folders: [BUILT_IN], actions: ACTION_REGISTRY });
const services = [...new Set(catalogue.list().map(({ service }) => service))];
const BASE = { name: 'A service', channels: { incidents: 'C0INC' }, responders: [{ usergroup: 'S0SRE' }] };

describe('tocsin runbook targets', () => {
  test.each(services)('%s: each target is one that the local workspace has, of that kind', (service) => {
    const needed = neededTargets(ACTION_REGISTRY, catalogue.list(service));
    const configured = demo.services[service]?.targets ?? {};
    expect(needed.length).toBeGreaterThan(2);
    const wrong = needed.filter(({ name, kind }) => configured[name] === undefined || kindOf(configured[name]) !== kind);
    expect(wrong).toEqual([]);
  });

  test.each(services)('%s: what is printed is valid as it is, without a configuration and with one', (service) => {
    const needed = neededTargets(ACTION_REGISTRY, catalogue.list(service));
    for (const configured of [{}, demo.services[service]?.targets ?? {}]) {
      const [, targets = ''] = targetsBlock(service, needed, configured, NOTHING_SEEN).split('    targets:\n');
      const head = stringify({ services: { [service]: BASE } });
      expect(Object.keys(parseConfig(`${head}    targets:\n${targets}`, 'tocsin.yml').services[service]?.targets ?? {})).toEqual(
        needed.map(({ name }) => name),
      );
    }
  });

  test('workloads and volumes are filled in by what the cluster has', () => {
    const needed = neededTargets(ACTION_REGISTRY, catalogue.list('aureus'));
    const seen = { workloads: [{ kind: 'statefulset' as const, name: 'my-postgres' }], claims: ['my-evidence-pvc'] };
    const block = targetsBlock('aureus', needed, {}, seen);
    expect(block).toMatch(/postgres: \{ statefulset: my-postgres \} # from the cluster/);
    expect(block).toMatch(/evidence: \{ pvc: my-evidence-pvc \} # from the cluster/);
    expect(block).toMatch(
      /frontend: \{ deployment: change-me \} # TO DO, or \{ absent: true \} if there is none here. Needed by .*aureus\/frontend-down/,
    );
  });
});

describe('Settings that differ between installations', () => {
  test.each(services)('%s: the block has each of them, with its value here or the default, and is valid', (service) => {
    const known = knownSettings(catalogue.list(service));
    const shown = known.map(({ name, about, byDefault }) => ({ name, about, value: byDefault, configured: false }));
    const [, block = ''] = targetsBlock(service, [], {}, NOTHING_SEEN, shown).split('    targets:\n');
    const parsed = parseConfig(`${stringify({ services: { [service]: BASE } })}${block}`, 'tocsin.yml').services[service]?.settings;
    expect(parsed).toEqual(Object.fromEntries(known.map(({ name, byDefault }) => [name, byDefault])));
  });

  test('one that tocsin.yml sets is shown as configured', () => {
    const shown = [{ name: 'postgres_host', about: 'The name of the database', value: 'sark-postgres', configured: true }];
    expect(targetsBlock('sark', [], {}, NOTHING_SEEN, shown)).toContain(
      '      postgres_host: sark-postgres # configured. The name of the database\n',
    );
  });

  test('one that no runbook has is told in one line, with the nearest name', () => {
    const settings = { postgres_hst: 'db', postgres_port: 5433 };
    const file = parseConfig(stringify({ services: { sark: { ...BASE, settings } } }), 'tocsin.yml');
    expect(unusedSettings(file, catalogue.list())).toEqual([
      expect.stringMatching(/^services\.sark\.settings\.postgres_hst is a setting of none of its \d+ runbooks\. Did you mean "postgres_host"\?$/),
    ]);
  });
});

describe('tocsin runbook rights', () => {
  function manifest(text: string, only?: string): { text: string; unknown: string[] } {
    const file = parseConfig(text, 'tocsin.yml');
    const environment = environmentSchema.parse({});
    const contexts = createContexts({
      serviceOf: (id) => file.services[id] ?? null,
      environment,
      variables: {},
      secrets: [],
      now: () => Promise.resolve(0),
    });
    const unknown: string[] = [];
    const runbooks = catalogue.list().filter(({ service }) => file.services[service] !== undefined);
    const deps = { actions: ACTION_REGISTRY, context: (options: ContextOptions) => contexts.create(options) };
    const onUnknown = (_: unknown, error: Error) => {
      unknown.push(error.message);
    };
    const made = rbacManifest(deps, runbooks, file, { onUnknown, ...(only === undefined ? {} : { only }) });
    contexts.close();
    return { text: made, unknown };
  }
  const config = (targets: object, kubernetes: object = { namespace: 'aureus' }) =>
    stringify({ services: { aureus: { ...BASE, kubernetes, targets } } });

  test('leaves out what a target that is not configured would need, says which, and prints the rest', () => {
    const { text, unknown } = manifest(config({ frontend: { deployment: 'web' } }));
    expect(text).toContain('pods/log');
    expect(unknown.join('\n')).toContain('no target “postgres”');
  });

  test('of several clusters, each part names its own, and one can be had alone', () => {
    const targets = { frontend: { deployment: 'web' }, postgres: { statefulset: 'db', namespace: 'data', context: 'west' } };
    const both = manifest(config(targets, { namespace: 'aureus', context: 'east' })).text;
    expect(both).toContain('# For the cluster of the context east only');
    expect(both).toContain('# For the cluster of the context west only');
    const west = manifest(config(targets, { namespace: 'aureus', context: 'east' }), 'west').text;
    expect(west).toContain('namespace: data');
    expect(west).not.toContain('namespace: aureus');
  });
});
