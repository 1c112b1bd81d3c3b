import type { Check, Permission } from '../../ports/action.ts';
import { type Aws, AwsError, type AwsIdentity } from '../../ports/aws.ts';

/**
 * Looks whether a step would work tonight: by a harmless read, and for what changes things by IAM's own simulation of what Tocsin may do, where that
 * is allowed. Changes nothing.
 */
export async function awsPreflight(aws: Aws, look: () => Promise<string>, changes: readonly Permission[] = []): Promise<readonly Check[]> {
  const [seen, may] = await Promise.all([lookCheck(look), changes.length === 0 ? [] : simulated(aws, changes)]);
  return [seen, ...may];
}

async function lookCheck(look: () => Promise<string>): Promise<Check> {
  try {
    return { state: 'ok', what: await look(), advice: null };
  } catch (error) {
    if (error instanceof AwsError) return { state: 'failure', what: error.message, advice: adviceFor(error) };
    throw error;
  }
}

function adviceFor({ reason }: AwsError): string {
  if (reason === 'denied') return 'Add the permission to the role that Tocsin runs as: deploy/aws/tocsin-policy.json has all that it uses.';
  if (reason === 'not-found') return 'Correct the name in `targets` of tocsin.yml.';
  return 'Fix it before you need it: the step would fail like this.';
}

async function simulated(aws: Aws, changes: readonly Permission[]): Promise<Check[]> {
  const needed = changes.flatMap((one) => (one.provider === 'aws' ? [one] : []));
  const resources = [...new Set(needed.map(({ resource }) => resource))];
  try {
    const who = await aws.identity();
    const principal = principalOf(who);
    if (principal === null) return [];
    const answers = await Promise.all(
      resources.map(async (resource) => {
        const actions = needed.filter((one) => one.resource === resource).map(({ action }) => action);
        return aws.iam.simulate(principal, actions, [resource.replace(/:\*:/, `:${who.account}:`)]);
      }),
    );
    return answers.flat().map(({ action, resource, allowed, explicitly }): Check => {
      if (allowed) return { state: 'ok', what: `${principal} may ${action} on ${resource}`, advice: null };
      const why = explicitly ? 'a policy denies it: whoever owns that policy must make an exception' : 'deploy/aws/tocsin-policy.json has it';
      return { state: 'failure', what: `${principal} may not ${action} on ${resource}`, advice: `Add it to the role that Tocsin runs as; ${why}.` };
    });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const actions = needed.map(({ action }) => action).join(', ');
    const advice = 'Let Tocsin look at its own permissions: iam:SimulatePrincipalPolicy on itself, as in deploy/aws/tocsin-policy.json.';
    return [{ state: 'warning', what: `Whether Tocsin may ${actions} cannot be checked in advance: ${error.message}`, advice }];
  }
}

/** What the simulation takes: a user or a role, not a role's session. `null` for the root of an account, who may everything. */
function principalOf({ arn, account }: AwsIdentity): string | null {
  if (arn.endsWith(':root')) return null;
  const session = /^arn:aws[a-z-]*:sts::\d*:assumed-role\/([^/]+)\//.exec(arn);
  return session?.[1] === undefined ? arn : `arn:aws:iam::${account}:role/${session[1]}`;
}
