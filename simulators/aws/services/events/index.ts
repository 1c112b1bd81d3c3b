import { z } from 'zod';
import type { Account } from '../../account.ts';
import { ApiError } from '../../protocol/error.ts';
import { text } from '../../protocol/input.ts';
import { page } from '../../protocol/pages.ts';
import { operation, type Service } from '../../protocol/service.ts';
import { parsePattern } from './pattern.ts';
import type { Rule, Target } from './state.ts';

const Name = text(1, 64, /[.\-_A-Za-z0-9]+/);
const Bus = z.literal('default').optional();
const Token = text(1, 2048).optional();
const Limit = z.number().int().min(1).max(100).optional();
/** Targets of one rule; EventBridge quotas. */
const MAX_TARGETS = 5;

const TargetInput = z.strictObject({
  Id: Name,
  Arn: text(1, 1600),
  RoleArn: text(1, 1600).optional(),
  Input: text(0, 8192).optional(),
  InputPath: text(0, 256).optional(),
  InputTransformer: z.strictObject({ InputPathsMap: z.record(z.string(), z.string()).optional(), InputTemplate: text(1, 8192) }).optional(),
});

function findRule({ events }: Account, name: string): Rule {
  const rule = events.rules.get(name);
  if (rule === undefined) throw new ApiError(400, 'ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
  return rule;
}

const invalidToken = (): ApiError => new ApiError(400, 'ValidationException', 'The token is not valid.');

/** EventBridge: rules of the default bus. */
export const events: Service = {
  name: 'events',
  prefix: 'events',
  source: 'events.amazonaws.com',
  protocol: { kind: 'json', version: '1.1', target: 'AWSEvents' },
  invalid: ({ kind, text: message }) =>
    new ApiError(400, kind === 'type' || kind === 'unknown' ? 'SerializationException' : 'ValidationException', message),
  operations: [
    operation({
      name: 'ListRules',
      input: z.strictObject({ NamePrefix: Name.optional(), EventBusName: Bus, NextToken: Token, Limit }),
      resource: (_input, { account }) => account.events.arn('*'),
      run(input, { account }) {
        const found = [...account.events.rules.values()].filter(({ name }) => name.startsWith(input.NamePrefix ?? ''));
        const { items, next } = page(found, input.NextToken, input.Limit ?? 100, invalidToken);
        return { Rules: items.map((rule) => shape(account, rule)), NextToken: next };
      },
    }),
    operation({
      name: 'DescribeRule',
      input: z.strictObject({ Name, EventBusName: Bus }),
      resource: (input, { account }) => account.events.arn(input.Name),
      run: (input, { account }) => ({ ...shape(account, findRule(account, input.Name)), CreatedBy: account.id }),
    }),
    operation({
      name: 'PutRule',
      changes: true,
      input: z.strictObject({
        Name,
        ScheduleExpression: text(0, 256).optional(),
        EventPattern: text(0, 4096).optional(),
        State: z.enum(['ENABLED', 'DISABLED']).optional(),
        Description: text(0, 512).optional(),
        EventBusName: Bus,
      }),
      resource: (input, { account }) => account.events.arn(input.Name),
      run(input, { account }) {
        if (input.EventPattern === undefined && input.ScheduleExpression === undefined) {
          throw new ApiError(400, 'ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
        }
        const parsed = input.EventPattern === undefined ? { pattern: undefined } : parsePattern(input.EventPattern);
        if ('reason' in parsed) throw new ApiError(400, 'InvalidEventPatternException', parsed.reason);
        const settings = {
          description: input.Description,
          patternText: input.EventPattern,
          pattern: parsed.pattern,
          schedule: input.ScheduleExpression,
          state: input.State ?? 'ENABLED',
        };
        const before = account.events.rules.get(input.Name);
        account.events.rules.set(input.Name, { name: input.Name, targets: before?.targets ?? new Map<string, Target>(), ...settings });
        return { RuleArn: account.events.arn(input.Name) };
      },
    }),
    operation({
      name: 'DeleteRule',
      changes: true,
      input: z.strictObject({ Name, EventBusName: Bus, Force: z.boolean().optional() }),
      resource: (input, { account }) => account.events.arn(input.Name),
      run(input, { account }) {
        const rule = account.events.rules.get(input.Name);
        if (rule !== undefined && rule.targets.size > 0)
          throw new ApiError(400, 'ValidationException', "Rule can't be deleted since it has targets.");
        account.events.rules.delete(input.Name);
        return undefined;
      },
    }),
    operation({
      name: 'PutTargets',
      changes: true,
      input: z.strictObject({ Rule: Name, EventBusName: Bus, Targets: z.array(TargetInput).min(1).max(100) }),
      resource: (input, { account }) => account.events.arn(input.Rule),
      run(input, { account }) {
        const { targets } = findRule(account, input.Rule);
        const count = new Set([...targets.keys(), ...input.Targets.map(({ Id }) => Id)]).size;
        if (count > MAX_TARGETS) throw new ApiError(400, 'LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
        for (const target of input.Targets) targets.set(target.Id, target);
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
    }),
    operation({
      name: 'RemoveTargets',
      changes: true,
      input: z.strictObject({ Rule: Name, EventBusName: Bus, Ids: z.array(Name).min(1).max(100), Force: z.boolean().optional() }),
      resource: (input, { account }) => account.events.arn(input.Rule),
      run(input, { account }) {
        const { targets } = findRule(account, input.Rule);
        const FailedEntries = input.Ids.filter((id) => !targets.delete(id)).map((TargetId) => ({
          TargetId,
          ErrorCode: 'ResourceNotFoundException',
          ErrorMessage: `Target ${TargetId} does not exist.`,
        }));
        return { FailedEntryCount: FailedEntries.length, FailedEntries };
      },
    }),
    operation({
      name: 'ListTargetsByRule',
      input: z.strictObject({ Rule: Name, EventBusName: Bus, NextToken: Token, Limit }),
      resource: (input, { account }) => account.events.arn(input.Rule),
      run(input, { account }) {
        const { items, next } = page([...findRule(account, input.Rule).targets.values()], input.NextToken, input.Limit ?? 100, invalidToken);
        return { Targets: items, NextToken: next };
      },
    }),
  ],
};

function shape({ events: state }: Account, rule: Rule): Record<string, unknown> {
  return {
    Name: rule.name,
    Arn: state.arn(rule.name),
    EventPattern: rule.patternText,
    ScheduleExpression: rule.schedule,
    State: rule.state,
    Description: rule.description,
    EventBusName: 'default',
  };
}
