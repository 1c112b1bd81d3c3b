import { z } from 'zod';
import { type PagerDutyCover, SERVICE_STATUSES } from '../../ports/pagerduty.ts';
import { oddAnswer, type RestOptions, readRest } from './rest.ts';

/** So many are asked for at once, and so many there are at most (developer.pagerduty.com/docs/pagination). */
const [PAGE, MOST] = [100, 10_000];

/** An integration as far as it is shown: a reference has no key, and neither has it where the key that asks may not see it. */
const integration = z.object({ type: z.string().nullish().catch(null), integration_key: z.string().nullish().catch(null) });
const serviceSchema = z.object({
  service: z.object({
    status: z.enum(SERVICE_STATUSES),
    escalation_policy: z.object({ id: z.string().min(1) }),
    // What is not as described shows nothing, and is no reason not to read the rest.
    integrations: z.array(integration).nullish().catch(null),
  }),
});
/** What a key of the Events API looks like when it is shown as a whole. */
const KEY = /^[A-Za-z0-9]{32}$/;
/** Mail takes no events, so that it has no key to show. */
const MAIL = /^generic_email_inbound_integration(?:_reference)?$/;
const onCallsSchema = z.object({
  more: z.boolean(),
  oncalls: z.array(
    z.object({
      escalation_policy: z.object({ id: z.string() }),
      escalation_level: z.int().min(1),
      // Somebody must be there to be called.
      user: z.object({ id: z.string().min(1) }),
    }),
  ),
});

/** Whom PagerDuty would call, by its REST API: reads alone. */
export function pagerDutyCover(options: RestOptions): PagerDutyCover {
  const { variable } = options;
  return {
    async service(id, key) {
      const { service } = await readRest(options, {
        path: `/services/${encodeURIComponent(id)}`,
        query: [['include[]', 'integrations']],
        answer: serviceSchema,
        forbidden: [
          `this key may not read the service ${id}`,
          `Set ${variable} to a read-only API access key of the account (what OAuth calls services.read).`,
        ],
        missing: [
          `PagerDuty knows no service ${id} for this key`,
          'Correct `pagerduty.service` in tocsin.yml: the id is in the service’s address in PagerDuty.',
        ],
      });
      return { status: service.status, policy: service.escalation_policy.id, hasKey: hasKey(service.integrations ?? null, key) };
    },
    async levels(policy) {
      const levels = new Set<number>();
      for (let offset = 0; ; offset += PAGE) {
        // Without a time it is asked who is on call now, by PagerDuty’s own clock.
        const { oncalls, more } = await readRest(options, {
          path: '/oncalls',
          query: [
            ['escalation_policy_ids[]', policy],
            ['limit', String(PAGE)],
            ['offset', String(offset)],
          ],
          answer: onCallsSchema,
          forbidden: [
            'this key may not read who is on call',
            `Set ${variable} to a read-only API access key of the account (what OAuth calls oncalls.read).`,
          ],
          missing: [`PagerDuty knows no escalation policy ${policy} for this key`, 'Try again: the service may just have been given another.'],
        });
        for (const { escalation_policy: of, escalation_level: level } of oncalls) if (of.id === policy) levels.add(level);
        if (!more) return [...levels].toSorted((a, b) => a - b);
        // What is not read to its end says nothing of who is missing.
        if (oncalls.length === 0 || offset + 2 * PAGE > MOST) throw oddAnswer();
      }
    },
  };
}

/** Whether one of the integrations has a key. That none has it is known only where each shows its own. */
function hasKey(integrations: readonly z.output<typeof integration>[] | null, key: string | null): boolean | null {
  if (integrations === null || key === null) return null;
  if (integrations.some((one) => one.integration_key === key)) return true;
  return integrations.every((one) => KEY.test(one.integration_key ?? '') || MAIL.test(one.type ?? '')) ? false : null;
}
