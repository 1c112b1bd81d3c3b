import { describe, expect, test } from '@jest/globals';
import { ACTIONS } from '../../../src/actions/registry.ts';
import { argumentsOf } from '../../../src/engine/alerts/arguments.ts';
import type { Runbook } from '../../../src/engine/runbooks/load/runbook.ts';
import { loadRunbook } from '../../../src/engine/runbooks/load/runbook.ts';

const TEXT = (trigger: string) => `
runbook: shop/triage
title: Triage
service: shop
severity: P2
arguments:
  capsule: { about: The capsule, pattern: "[a-f0-9]{4}", default: "" }
  tenant: { about: The tenant, default: nobody }
triggers:
  - guard-trip: {}
    declare: P1
    arguments: ${trigger}
diagnose:
  pods: { uses: k8s.pods, with: { target: web } }
`;

function load(trigger: string) {
  return loadRunbook(TEXT(trigger), 'x.yml', new Map(ACTIONS.map((one) => [one.name, one])));
}

function runbook(trigger: string): Runbook {
  const loaded = load(trigger);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.runbook;
}

describe('the arguments of a trigger', () => {
  const filled = runbook('{ capsule: "label.capsule_hash.split(\\":\\")[1]", tenant: label.tenant_id }');

  test('are what the alert says of itself', () => {
    const alert = { trigger: 0, labels: { capsule_hash: 'sha256:3f3f', tenant_id: 't-1' } };
    expect(argumentsOf(alert, filled)).toEqual({ given: { capsule: '3f3f', tenant: 't-1' }, unfilled: [] });
  });

  test('that do not fit, or that the alert lacks, stay at their defaults, with the reason', () => {
    expect(argumentsOf({ trigger: 0, labels: { capsule_hash: 'sha256:; rm -rf' } }, filled)).toEqual({
      given: {},
      unfilled: [
        'The alert says capsule "; rm -rf", which does not fit, so its default is used.',
        'The alert does not say tenant, so its default is used.',
      ],
    });
  });

  test('of no trigger are none', () => {
    expect(argumentsOf({ trigger: null, labels: { a: 'b' } }, filled)).toEqual({ given: {}, unfilled: [] });
    expect(argumentsOf({ trigger: 7 }, filled)).toEqual({ given: {}, unfilled: [] });
    expect(argumentsOf({ trigger: 0 }, null)).toEqual({ given: {}, unfilled: [] });
  });

  test.each([
    ['{ capsul: label.x }', 'names no argument of the diagnosis'],
    ['{ capsule: "label.x ==" }', 'is not a valid expression'],
    ['{ capsule: "1 + 1" }', 'is int, expected string'],
    ['{ capsule: lable.x }', 'is not a valid expression'],
  ])('%s is refused when the runbook is loaded', (trigger, says) => {
    const loaded = load(trigger);
    expect(loaded.ok ? '' : JSON.stringify(loaded.problems)).toContain(says);
  });
});
