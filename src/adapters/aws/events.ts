import type { EventBus } from '../../ports/aws.ts';
import { AwsError } from '../../ports/aws.ts';
import { parseJson } from './json.ts';
import type { Link } from './link.ts';

/** EventBridge's rules on the default event bus, and the SNS topics that they publish to. */
export function eventsOf(link: Link): EventBus {
  const ruleArn = (name: string) => `arn:aws:events:${link.region}:*:rule/${name}`;

  return {
    async rule(name) {
      const { client, sdk } = await link.clients.events();
      const found = await link.askOr({ permission: 'events:DescribeRule', resource: ruleArn(name) }, 'not-found', null, (options) =>
        client.send(new sdk.DescribeRuleCommand({ Name: name }), options),
      );
      if (found === null) return null;
      return {
        name: found.Name ?? name,
        arn: found.Arn ?? '',
        pattern: parseJson(found.EventPattern),
        enabled: found.State !== 'DISABLED',
        description: found.Description ?? '',
      };
    },

    async putRule({ name, pattern, enabled, description }) {
      const { client, sdk } = await link.clients.events();
      const input = {
        Name: name,
        EventPattern: JSON.stringify(pattern),
        State: enabled ? ('ENABLED' as const) : ('DISABLED' as const),
        Description: description,
      };
      await link.ask({ permission: 'events:PutRule', resource: ruleArn(name), writing: true }, (options) =>
        client.send(new sdk.PutRuleCommand(input), options),
      );
    },

    async deleteRule(name) {
      const { client, sdk } = await link.clients.events();
      await link.ask({ permission: 'events:DeleteRule', resource: ruleArn(name), writing: true }, (options) =>
        client.send(new sdk.DeleteRuleCommand({ Name: name }), options),
      );
    },

    async targets(rule) {
      const { client, sdk } = await link.clients.events();
      return link.ask({ permission: 'events:ListTargetsByRule', resource: ruleArn(rule) }, async ({ abortSignal }) => {
        const found: { readonly id: string; readonly arn: string }[] = [];
        let next: string | undefined;
        do {
          const input = { Rule: rule, ...(next === undefined ? {} : { NextToken: next }) };
          const page = await client.send(new sdk.ListTargetsByRuleCommand(input), { abortSignal });
          found.push(...(page.Targets ?? []).map(({ Id, Arn }) => ({ id: Id ?? '', arn: Arn ?? '' })));
          next = page.NextToken;
        } while (next !== undefined);
        return found;
      });
    },

    async putTarget(rule, { id, arn }) {
      const { client, sdk } = await link.clients.events();
      const asked = { permission: 'events:PutTargets', resource: ruleArn(rule), writing: true };
      const answer = await link.ask(asked, (options) =>
        client.send(new sdk.PutTargetsCommand({ Rule: rule, Targets: [{ Id: id, Arn: arn }] }), options),
      );
      refuseFailed(answer.FailedEntries, `give the rule ${rule} the target ${arn}`);
    },

    async removeTarget(rule, id) {
      const { client, sdk } = await link.clients.events();
      const asked = { permission: 'events:RemoveTargets', resource: ruleArn(rule), writing: true };
      const answer = await link.ask(asked, (options) => client.send(new sdk.RemoveTargetsCommand({ Rule: rule, Ids: [id] }), options));
      refuseFailed(answer.FailedEntries, `take the target ${id} from the rule ${rule}`);
    },

    async topic(arn) {
      const { client, sdk } = await link.clients.sns();
      const { Attributes } = await link.ask({ permission: 'sns:GetTopicAttributes', resource: arn }, (options) =>
        client.send(new sdk.GetTopicAttributesCommand({ TopicArn: arn }), options),
      );
      return {
        arn,
        policy: parseJson(Attributes?.['Policy']),
        confirmed: Number(Attributes?.['SubscriptionsConfirmed'] ?? 0),
        pending: Number(Attributes?.['SubscriptionsPending'] ?? 0),
      };
    },

    async setTopicPolicy(arn, policy) {
      const { client, sdk } = await link.clients.sns();
      const input = { TopicArn: arn, AttributeName: 'Policy', AttributeValue: JSON.stringify(policy) };
      await link.ask({ permission: 'sns:SetTopicAttributes', resource: arn, writing: true }, (options) =>
        client.send(new sdk.SetTopicAttributesCommand(input), options),
      );
    },
  };
}

/** These calls answer 200 also when single entries failed. */
function refuseFailed(failed: readonly { ErrorCode?: string | undefined; ErrorMessage?: string | undefined }[] | undefined, what: string): void {
  const first = failed?.[0];
  if (first === undefined) return;
  throw new AwsError('failed', `AWS did not ${what} (${first.ErrorCode ?? 'no code'}: ${first.ErrorMessage ?? 'no reason given'}).`);
}
