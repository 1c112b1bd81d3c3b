import { headOf } from '../../lib/clamp.ts';
import { own } from '../../lib/own.ts';
import { isRepository, type Target } from '../../ports/targets.ts';
import { searches } from '../runbooks/load/expressions.ts';
import type { Runbook } from '../runbooks/load/runbook.ts';
import type { Trigger } from '../runbooks/load/schema.ts';
import { type Hit, isLabelled, type LabelledSignal, type Matched, type Signal } from './signal.ts';

/** A service as far as signals are matched with it. */
export interface MatchedService {
  readonly id: string;
  readonly targets: Readonly<Record<string, Target>>;
}

/**
 * Which service a signal is about, and which runbook looks into it. A trigger that names a target which is not configured never fires.
 * What comes over a service's topic and no trigger knows is an alert all the same: nothing that was told is dropped. Of GitHub only
 * what a trigger names is one, since every pull request may fail. Pure.
 */
export function matchSignal(signal: Signal, services: readonly MatchedService[], runbooks: readonly Runbook[]): Matched | null {
  if (isLabelled(signal)) return matchLabelled(signal, services, runbooks);
  const found = firstHit(signal, services, runbooks);
  const service = found?.service ?? serviceOf(signal, services);
  if (service === null) return null;
  const key = keyOf(signal, service, found?.hit ?? null);
  if (signal.source === 'github') {
    if (found === null || !signal.isDefaultBranch) return null;
    if (!signal.failed) return { kind: 'recover', key, summary: signal.summary };
    return { kind: 'fire', key, service, hit: found.hit, told: { ...signal, title: `${signal.name} failed` } };
  }
  if (signal.source === 'cloudwatch') {
    if (signal.state === 'OK') return { kind: 'recover', key, summary: `${signal.alarm} is OK again: ${signal.reason}` };
    if (signal.state !== 'ALARM') return null;
    const told = { source: signal.source, title: `Alarm ${signal.alarm}`, summary: signal.reason, links: signal.links };
    return { kind: 'fire', key, service, hit: found?.hit ?? null, told };
  }
  const told = { source: signal.source, title: signal.subject || 'Message over SNS', summary: signal.message, links: [] };
  return { kind: 'fire', key, service, hit: found?.hit ?? null, told };
}

/** Of what names its service only that service's runbooks are asked; what nobody knows is an alert of the service that its sender is set for. */
function matchLabelled(signal: LabelledSignal, services: readonly MatchedService[], runbooks: readonly Runbook[]): Matched | null {
  const { source, key, at, summary, title, links, labels, severity } = signal;
  if (signal.state === 'resolved') return { kind: 'recover', key, at, summary };
  const named = services.find(({ id }) => id === signal.service);
  const found = firstHit(signal, named === undefined ? services : [named], runbooks);
  const service = found?.service ?? named?.id ?? services.find(({ id }) => id === signal.otherwise)?.id;
  if (service === undefined) return null;
  // Alertmanager ends what Prometheus no longer tells it of, and tells it with the first beginning when Prometheus is back.
  const again = signal.from === 'alertmanager' ? { goesOn: true } : {};
  return { kind: 'fire', key, at, ...again, service, hit: found?.hit ?? null, told: { source, title, summary, links, labels, severity } };
}

function firstHit(signal: Signal, services: readonly MatchedService[], runbooks: readonly Runbook[]): { service: string; hit: Hit } | null {
  for (const { id, targets } of services) {
    for (const runbook of runbooks.filter((one) => one.service === id)) {
      const trigger = runbook.triggers.findIndex((one) => meets(one, signal, targets));
      if (trigger !== -1) return { service: id, hit: { runbook: runbook.id, trigger } };
    }
  }
  return null;
}

function meets(trigger: Trigger, signal: Signal, targets: MatchedService['targets']): boolean {
  const named = (name: string | undefined): Target | undefined => (name === undefined ? undefined : own(targets, name));
  if (signal.source === 'cloudwatch') {
    const target = named(trigger.cloudwatch?.alarm);
    return target !== undefined && 'alarm' in target && target.alarm === signal.alarm && hasTopic(targets, signal.topic);
  }
  if (signal.source === 'github') {
    const target = named(trigger.github?.workflow);
    if (target === undefined || !('workflow' in target) || target.workflow !== signal.workflow) return false;
    return repositoryOf(target.repository, targets) === signal.repository;
  }
  if (isLabelled(signal)) return meetsLabels(trigger, signal);
  const { sns } = trigger;
  const target = named(sns?.topic);
  if (sns === undefined || target === undefined || !('topic' in target) || target.topic !== signal.topic) return false;
  return (sns.subject === undefined || searches(sns.subject, signal.subject)) && (sns.message === undefined || searches(sns.message, signal.message));
}

/** A guard trip that Alertmanager tells of may also be known by its labels there. */
function meetsLabels(trigger: Trigger, { source, from, labels }: LabelledSignal): boolean {
  if (trigger['guard-trip'] !== undefined) return source === 'guard-trip';
  const { alertmanager, pagerduty, webhook } = trigger;
  if (alertmanager !== undefined) return (source === 'alertmanager' || source === 'guard-trip') && hasLabels(labels, alertmanager);
  if (pagerduty !== undefined) return source === 'pagerduty' && hasLabels(labels, pagerduty.labels);
  return webhook !== undefined && source === 'webhook' && webhook.from === from && hasLabels(labels, webhook.labels);
}

function hasLabels(labels: LabelledSignal['labels'], wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => own(labels, name) === value);
}

/** The service that a topic or repository is configured for. */
function serviceOf(signal: Exclude<Signal, LabelledSignal>, services: readonly MatchedService[]): string | null {
  if (signal.source === 'github') return null;
  return services.find(({ targets }) => hasTopic(targets, signal.topic))?.id ?? null;
}

function hasTopic(targets: MatchedService['targets'], topic: string): boolean {
  return Object.values(targets).some((target) => 'topic' in target && target.topic === topic);
}

function repositoryOf(name: string, targets: MatchedService['targets']): string | null {
  const target = own(targets, name);
  return isRepository(target) ? target.repository : null;
}

function keyOf(signal: Exclude<Signal, LabelledSignal>, service: string, hit: Hit | null): string {
  if (signal.source === 'github') return `github:${signal.repository}:${signal.workflow}:${service}`;
  if (signal.source === 'cloudwatch') return `cloudwatch:${signal.topic}:${signal.alarm}`;
  // A message without a subject says other figures each time: what it is tells the trigger that knows it.
  const what = hit === null ? headOf(signal.message, 40) : `${hit.runbook}#${hit.trigger}`;
  return `sns:${signal.topic}:${signal.subject || what}`;
}

/** The topics of all services: only these are subscribed to. */
export function topicsOf(services: readonly MatchedService[]): ReadonlySet<string> {
  return new Set(services.flatMap(({ targets }) => Object.values(targets).flatMap((target) => ('topic' in target ? [target.topic] : []))));
}
