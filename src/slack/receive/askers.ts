import type { ModalView } from '@slack/types';
import type { AlertAsk, Answer } from '../../../commands/command.ts';
import type { ServiceConfig } from '../../config/schema.ts';
import type { Alert } from '../../domain/alert/alerts.ts';
import { isChangeAsk } from '../../domain/change/decide.ts';
import { UserError } from '../../domain/errors.ts';
import type { Person, PersonCommand } from '../../domain/incident/commands.ts';
import { needsFreshRoles } from '../../domain/incident/decide-may.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import type { AlertBook } from '../../engine/alerts/alerts.ts';
import type { Incidents } from '../../engine/incidents/incidents.ts';
import { own } from '../../lib/own.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Store, StoreTx } from '../../ports/store.ts';
import type { Age } from '../groups.ts';
import { type Known, mayPass, type People, rolesUnknown } from '../people.ts';
import { aboutForm, assertMayFill } from './forms.ts';

export type Asks = NonNullable<Answer['asks']>;

/** How long (ms) until Slack is asked again who somebody is. */
const LOOK_AGAIN = 2_000;

export interface AskersDeps {
  readonly store: Store;
  readonly incidents: Incidents;
  readonly alerts: AlertBook;
  readonly people: People;
  readonly serviceConfig: (id: string) => ServiceConfig | null;
}

/** Who asks what, with the roles they hold. */
export interface Askers {
  /** @throws UserError `roles-unknown`, or RetryLater while somebody new may wait (`patient`) */
  askerOf(user: string, service: ServiceConfig | null, patient: boolean): Promise<Known>;
  decided(askers: readonly Known[], work: (tx: StoreTx) => Promise<void>): Promise<void>;
  /** The asks with what they need of people: one id each, and who has approved before. */
  completed(asks: Asks): Promise<Asks>;
  askersOf(asks: Asks, user: string, here: Incident | null): Promise<Known[]>;
  /** Nobody fills in a form whose answer would be refused. @throws UserError as its answer would be */
  assertMayOpen(user: string, view: ModalView, at: number): Promise<void>;
  alertAskersOf(answer: Answer, user: string): Promise<{ alert: Alert; by: Person; wanted: AlertAsk }[]>;
}

/** Who decides is looked up at the click, never remembered (ADR 9). */
export function createAskers(deps: AskersDeps): Askers {
  const { store, incidents, alerts, people } = deps;

  async function completed(asks: Asks): Promise<Asks> {
    return Promise.all(asks.map(async (one) => withGivers(await withOneId(one))));
  }

  /** Somebody of whom Slack has said nothing yet is waited for, not refused: the payload goes back for a while. */
  async function askerOf(user: string, service: ServiceConfig | null, patient: boolean): Promise<Known> {
    try {
      return await people.asker(user, service);
    } catch (error) {
      if (patient && error instanceof UserError && mayPass(error)) throw new RetryLater(LOOK_AGAIN, { cause: error });
      throw error;
    }
  }

  /** One transaction. Who is refused while Slack could not say what they hold is told that, not that they hold nothing. */
  async function decided(askers: readonly Known[], work: (tx: StoreTx) => Promise<void>): Promise<void> {
    try {
      await store.transaction(work);
    } catch (error) {
      if (error instanceof UserError && error.refusal && askers.some(({ rolesKnown }) => !rolesKnown)) throw rolesUnknown(error);
      throw error;
    }
  }

  /** Somebody who is named is one person, by whichever of their ids. */
  async function withOneId(asked: Asks[number]): Promise<Asks[number]> {
    const { ask } = asked;
    return ask.type === 'assign' ? { ...asked, ask: { ...ask, user: await people.idOf(ask.user) } } : asked;
  }

  /** Whoever gives the last approval is decided upon together with those before, by the roles that all of them hold now. */
  async function withGivers(asked: Asks[number]): Promise<Asks[number]> {
    const { ask, target } = asked;
    if (ask.type !== 'approve' || target.kind !== 'incident') return asked;
    const incident = await incidents.find(target.id);
    const before = incident === null ? undefined : own(incident.plans, ask.plan)?.approvals;
    const service = deps.serviceConfig(incident?.service ?? '');
    const givers = await Promise.all((before ?? []).map(({ user }) => people.person(user, service, 'now')));
    return { ...asked, ask: { ...ask, givers } };
  }

  /**
   * Who asks each ask, with the roles they hold for its own incident's service. Who decides is looked up at the click, never remembered
   * (ADR 9).
   */
  async function askersOf(asks: Asks, user: string, here: Incident | null): Promise<Known[]> {
    const declared = asks.find(({ ask }) => ask.type === 'declare')?.ask;
    const askers: Known[] = [];
    for (const { target, ask } of asks) {
      const service =
        target.kind !== 'incident'
          ? declared?.type === 'declare'
            ? declared.service
            : ''
          : ((target.id === here?.id ? here : await incidents.find(target.id))?.service ?? '');
      const config = deps.serviceConfig(service);
      askers.push(
        needsFreshRoles(ask) ? { ...(await people.person(user, config, ageFor(ask))), rolesKnown: true } : await people.asker(user, config),
      );
    }
    return askers;
  }

  /** Who asks something of an alert, with the roles they hold for its service. @throws UserError `alert-over` */
  async function alertAskersOf({ alerts: asks = [] }: Answer, user: string): Promise<{ alert: Alert; by: Person; wanted: AlertAsk }[]> {
    return Promise.all(
      asks.map(async (wanted) => {
        const alert = await alerts.find(wanted.alert);
        if (alert === null) throw new UserError('alert-over', 'That alert is over. `/incident alerts` lists the active ones.');
        return { alert, by: await people.person(user, deps.serviceConfig(alert.service)), wanted };
      }),
    );
  }

  async function assertMayOpen(user: string, view: ModalView, at: number): Promise<void> {
    const { incident: about } = aboutForm(view);
    const incident = about === null ? null : await incidents.find(about);
    // The answer of a form about a merged incident goes to the one that it was merged into.
    if (incident === null || incident.mergedInto !== null) return;
    const service = deps.serviceConfig(incident.service);
    const known = await people.asker(user, service);
    try {
      assertMayFill(view, incident, known, at);
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== 'role-needed') throw error;
      // Slack could not say what they hold: it is looked up with the answer. Else they may have got it just now.
      if (known.rolesKnown) assertMayFill(view, incident, await people.person(user, service, 'seconds'), at);
    }
  }

  return { assertMayOpen, askerOf, decided, completed, askersOf, alertAskersOf };
}

/** Changes are decided by who holds a role now; the rest may be some seconds behind when Slack has to be spared. */
function ageFor(ask: PersonCommand): Age {
  return isChangeAsk(ask) ? 'now' : 'seconds';
}
