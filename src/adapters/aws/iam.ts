import type { EvaluationResult } from '@aws-sdk/client-iam';
import type { Json } from '../../domain/record.ts';
import type { Iam, Role, Simulated } from '../../ports/aws.ts';
import { parseJson } from './json.ts';
import type { Link } from './link.ts';

/** IAM: roles with their policies, and its simulator. */
export function iamOf(link: Link): Iam {
  async function attached(name: string, resource: string): Promise<Role['policies']> {
    const { client, sdk } = await link.clients.iam();
    const arns = await link.ask({ permission: 'iam:ListAttachedRolePolicies', resource }, async (options) => {
      const found: { readonly name: string; readonly arn: string }[] = [];
      for await (const page of sdk.paginateListAttachedRolePolicies({ client }, { RoleName: name }, options))
        for (const { PolicyName, PolicyArn } of page.AttachedPolicies ?? []) found.push({ name: PolicyName ?? '', arn: PolicyArn ?? '' });
      return found;
    });
    return Promise.all(
      arns.map(async ({ name: policy, arn }) => {
        const about = await link.ask({ permission: 'iam:GetPolicy', resource: arn }, (options) =>
          client.send(new sdk.GetPolicyCommand({ PolicyArn: arn }), options),
        );
        const VersionId = about.Policy?.DefaultVersionId ?? 'v1';
        const version = await link.ask({ permission: 'iam:GetPolicyVersion', resource: arn }, (options) =>
          client.send(new sdk.GetPolicyVersionCommand({ PolicyArn: arn, VersionId }), options),
        );
        return { name: policy, document: documentOf(version.PolicyVersion?.Document) };
      }),
    );
  }

  async function inline(name: string, resource: string): Promise<Role['policies']> {
    const { client, sdk } = await link.clients.iam();
    const names = await link.ask({ permission: 'iam:ListRolePolicies', resource }, async (options) => {
      const found: string[] = [];
      for await (const page of sdk.paginateListRolePolicies({ client }, { RoleName: name }, options)) found.push(...(page.PolicyNames ?? []));
      return found;
    });
    return Promise.all(
      names.map(async (policy) => {
        const answer = await link.ask({ permission: 'iam:GetRolePolicy', resource }, (options) =>
          client.send(new sdk.GetRolePolicyCommand({ RoleName: name, PolicyName: policy }), options),
        );
        return { name: policy, document: documentOf(answer.PolicyDocument) };
      }),
    );
  }

  return {
    async role(name) {
      const { client, sdk } = await link.clients.iam();
      const resource = `arn:aws:iam::*:role/${name}`;
      const answer = await link.ask({ permission: 'iam:GetRole', resource }, (options) =>
        client.send(new sdk.GetRoleCommand({ RoleName: name }), options),
      );
      const [attachedOnes, inlineOnes] = await Promise.all([attached(name, resource), inline(name, resource)]);
      return {
        name,
        arn: answer.Role?.Arn ?? '',
        trust: documentOf(answer.Role?.AssumeRolePolicyDocument),
        policies: [...attachedOnes, ...inlineOnes],
        boundary: answer.Role?.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
      };
    },

    async simulate(principal, actions, resources) {
      const { client, sdk } = await link.clients.iam();
      const asked = { permission: 'iam:SimulatePrincipalPolicy', resource: principal };
      const input = { PolicySourceArn: principal, ActionNames: [...actions], ResourceArns: [...resources] };
      return link.ask(asked, async (options) => {
        const results: Simulated[] = [];
        for await (const page of sdk.paginateSimulatePrincipalPolicy({ client }, input, options))
          results.push(...(page.EvaluationResults ?? []).map(simulatedOf));
        return results;
      });
    },
  };
}

function simulatedOf(result: EvaluationResult): Simulated {
  return {
    action: result.EvalActionName ?? '',
    resource: result.EvalResourceName ?? '*',
    allowed: result.EvalDecision === 'allowed',
    explicitly: result.EvalDecision === 'explicitDeny',
  };
}

/** IAM sends documents URL-encoded. */
function documentOf(text: string | undefined): Json {
  if (text === undefined) return null;
  try {
    return parseJson(decodeURIComponent(text));
  } catch {
    return parseJson(text);
  }
}
