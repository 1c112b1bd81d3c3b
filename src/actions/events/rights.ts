import type { ActionContext } from '../../ports/action.ts';

export function ruleArn(context: ActionContext, target: string): string {
  const { rule, region } = context.target(target, 'rule');
  return `arn:aws:events:${context.aws(region).region}:*:rule/${rule}`;
}
