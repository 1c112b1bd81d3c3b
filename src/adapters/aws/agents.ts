import type { Agent } from 'node:http';
import { outbound } from '../../lib/outbound/outbound.ts';

/** The way out as the SDK's request handler takes it: nothing where no proxy is set, so that the SDK keeps its own. */
export function awsAgents(): { readonly httpAgent?: Agent; readonly httpsAgent?: Agent } {
  const agent = outbound()?.kept;
  return agent === undefined ? {} : { httpAgent: agent, httpsAgent: agent };
}
