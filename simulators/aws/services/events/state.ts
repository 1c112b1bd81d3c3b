import { randomUUID } from 'node:crypto';
import type { SnsState } from '../sns/state.ts';
import { type EventPattern, matchesPattern } from './pattern.ts';

export interface Target {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string | undefined;
  readonly Input?: string | undefined;
  readonly InputPath?: string | undefined;
  readonly InputTransformer?: { readonly InputPathsMap?: Readonly<Record<string, string>> | undefined; readonly InputTemplate: string } | undefined;
}

export interface Rule {
  readonly name: string;
  description: string | undefined;
  patternText: string | undefined;
  pattern: EventPattern | undefined;
  schedule: string | undefined;
  state: 'ENABLED' | 'DISABLED';
  readonly targets: Map<string, Target>;
}

/** Rules of the default event bus. */
export class EventsState {
  readonly rules = new Map<string, Rule>();
  readonly #account: { readonly id: string; readonly region: string };
  readonly #sns: SnsState;

  constructor(account: { readonly id: string; readonly region: string }, sns: SnsState) {
    this.#account = account;
    this.#sns = sns;
  }

  arn(name: string): string {
    return `arn:aws:events:${this.#account.region}:${this.#account.id}:rule/${name}`;
  }

  /** Takes an API call from CloudTrail to the topics of every rule that asks for it. */
  deliver(record: Readonly<Record<string, unknown>>): void {
    const event = {
      version: '0',
      id: randomUUID(),
      'detail-type': 'AWS API Call via CloudTrail',
      source: `aws.${String(record['eventSource']).split('.')[0]}`,
      account: this.#account.id,
      time: record['eventTime'],
      region: this.#account.region,
      resources: [],
      detail: record,
    };
    for (const rule of this.rules.values()) {
      if (rule.state !== 'ENABLED' || rule.pattern === undefined || !matchesPattern(rule.pattern, event)) continue;
      for (const target of rule.targets.values()) {
        if (!target.Arn.startsWith('arn:aws:sns:')) continue;
        this.#sns.publishAs('events.amazonaws.com', target.Arn, { message: inputOf(target, event) }, this.arn(rule.name));
      }
    }
  }
}

/** What a target gets of an event. */
function inputOf({ Input, InputPath, InputTransformer }: Target, event: unknown): string {
  if (Input !== undefined) return Input;
  if (InputPath !== undefined) return JSON.stringify(at(event, InputPath));
  if (InputTransformer === undefined) return JSON.stringify(event);
  const values = Object.entries(InputTransformer.InputPathsMap ?? {});
  return values.reduce((text, [name, path]) => {
    const value = at(event, path);
    return text.replaceAll(`<${name}>`, typeof value === 'string' ? value : JSON.stringify(value ?? null));
  }, InputTransformer.InputTemplate);
}

/** What `$.detail.eventName` names. */
function at(event: unknown, path: string): unknown {
  return path
    .split('.')
    .slice(1)
    .reduce<unknown>((value, name) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined), event);
}
