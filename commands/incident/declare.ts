import type { Message } from '../../blocks/kit.ts';
import { declareModal } from '../../blocks/modals.ts';
import { declared, note } from '../../blocks/replies.ts';
import { asTyped } from '../../blocks/text.ts';
import { UserError } from '../../src/domain/errors.ts';
import type { Incident } from '../../src/domain/incident/incident.ts';
import { roomName } from '../../src/domain/incident/room-name.ts';
import type { IncidentType } from '../../src/domain/incident-type.ts';
import { parseSeverity, type Severity } from '../../src/domain/severity.ts';
import { clamp } from '../../src/lib/clamp.ts';
import { typed } from '../../src/lib/echo.ts';
import { misspelt, nearest } from '../../src/lib/suggest.ts';
import type { Answer, LookUp, Request, Service, Subcommand } from '../command.ts';
import { view } from '../command.ts';
import { firstWord, flags, incidentTypeOf } from './arguments.ts';
import { declareSchema } from './schema.ts';

export const declare: Subcommand = {
  name: 'declare',
  usage: 'declare [--private|--public] [P0-P3] [type:...] [service] [summary]',
  summary: 'Declares an incident; asks for what is missing.',
  incident: 'none',
  async run(request, look) {
    // Severity, service and type may stand before it.
    const { set, rest } = flags(request.text, ['private', 'public'], { after: 3 });
    const isPrivate = seenBy(set);
    const given = { ...parse(rest, request.channel, look.services), private: isPrivate };
    if (given.slip !== null) return { modal: form(look, given), reply: sayMeant(given.slip, given.service) };
    if (given.service === null || given.summary === '') return { modal: form(look, given) };
    return declareAs(given.service, given.severity, given.summary, {
      private: isPrivate,
      incidentType: given.type,
      beside: await openOf(given.service, look),
    });
  },
};

export const declareView = view({
  schema: declareSchema,
  async submit(_request, input, look) {
    const service = look.services.find((one) => one.id === input.service);
    if (service === undefined)
      throw new UserError('unknown-service', `The service “${input.service}” is no longer configured. Try again: \`/incident declare\`.`);
    return declareAs(service, input.severity ?? null, input.summary, {
      component: input.component ?? null,
      impact: input.impact ?? null,
      customerImpact: input.flags.has('customer-impact'),
      private: seenBy(input.flags),
      incidentType: input.type ?? null,
      beside: await openOf(service, look),
    });
  },
});

/** What somebody said of who may see it; unless they did, the type decides. Private wins. */
function seenBy(flagged: ReadonlySet<string>): boolean | undefined {
  if (flagged.has('private')) return true;
  return flagged.has('public') ? false : undefined;
}

/** How many open incidents a new one is compared with, the newest first: its record names them. */
const COMPARED = 40;

/** The service's incidents that are open already and may be named to everybody: one of them may be the same trouble. */
export async function openOf({ id }: Pick<Service, 'id'>, look: Pick<LookUp, 'openIncidents'>): Promise<readonly Incident[]> {
  return (await look.openIncidents(COMPARED, id)).filter((incident) => !incident.private);
}

/** The modal with a message's text as the summary, or empty. */
export function declareForm(request: Request, look: LookUp): Answer {
  const summary = asTyped(request.message?.text ?? '');
  return {
    modal: form(look, {
      severity: null,
      type: null,
      service: serviceOfChannel(request.channel, look.services),
      slip: null,
      summary: clamp(summary, 200),
    }),
  };
}

interface Given {
  readonly severity: Severity | null;
  readonly type: IncidentType | null;
  readonly service: Service | null;
  /** A word that is nearly the service's name. */
  readonly slip: string | null;
  readonly summary: string;
}

/** Severity and service may stand in either order before the summary, the type anywhere; each may be left out. @throws UserError `unknown-severity`, `unknown-type` */
function parse(text: string, channel: string | null, services: readonly Service[]): Given {
  let severityWord: string | null = null;
  let service: Service | null = null;
  let slip: string | null = null;
  const { type, rest: untyped } = takeType(text);
  let rest = untyped;
  for (let turn = 0; turn < 2; turn++) {
    const [word, after] = firstWord(rest);
    const named: Service | null = service === null ? findService(word, services) : null;
    if (named !== null) {
      service = named;
      rest = after;
    } else if (severityWord === null && isSeverityWord(word, services)) {
      severityWord = word;
      rest = after;
    } else if (service === null) {
      service = nearlyNamed(word, services);
      if (service === null) continue;
      slip = word;
      rest = after;
    }
  }
  service ??= serviceOfChannel(channel, services);
  const severity = severityWord === null ? null : parseSeverity(severityWord, service?.aliases);
  return { severity, type, service, slip, summary: rest };
}

/** `type:security-breach`, wherever it stands: a breach must not become public because its type was typed late. @throws UserError `unknown-type` */
function takeType(text: string): { readonly type: IncidentType | null; readonly rest: string } {
  const found = /(?:^|\s)type:(\S*)/i.exec(text);
  if (found === null) return { type: null, rest: text.trim() };
  return { type: incidentTypeOf(found[1] ?? ''), rest: `${text.slice(0, found.index)}${text.slice(found.index + found[0].length)}`.trim() };
}

function isSeverityWord(word: string, services: readonly Service[]): boolean {
  if (/^P\d$/i.test(word) && parseSeverity(word) === null) {
    throw new UserError('unknown-severity', `There is no severity ${word.toUpperCase()}. Severities are P0 (most severe), P1, P2 and P3.`);
  }
  return parseSeverity(word) !== null || services.some((service) => parseSeverity(word, service.aliases) !== null);
}

function findService(word: string, services: readonly Service[]): Service | null {
  const typed = word.toLowerCase();
  if (typed === '') return null;
  const exact = services.find((service) => service.id === typed || service.name.toLowerCase() === typed);
  if (exact !== undefined) return exact;
  const near =
    typed.length > 4
      ? nearest(
          typed,
          services.map((service) => service.id),
        )
      : null;
  return services.find((service) => service.id === near && service.id.startsWith(typed)) ?? null;
}

/** A service whose name has a slip in it: it is offered, and people decide. */
function nearlyNamed(word: string, services: readonly Service[]): Service | null {
  const near = misspelt(
    word,
    services.map(({ id }) => id),
  );
  return services.find(({ id }) => id === near) ?? null;
}

function sayMeant(slip: string, service: Service | null): Message {
  return note(`There is no service “${typed(slip)}”. Did you mean \`${service?.id ?? ''}\`? The form has it filled in.`);
}

/** A channel speaks for a service when it belongs to one only. */
function serviceOfChannel(channel: string | null, services: readonly Service[]): Service | null {
  if (services.length === 1) return services[0] ?? null;
  const owners = services.filter((service) => channel !== null && service.channels.includes(channel));
  return owners.length === 1 ? (owners[0] ?? null) : null;
}

function form(look: LookUp, given: Given & { readonly private?: boolean | undefined }) {
  return declareModal(look.services, {
    severity: given.severity ?? undefined,
    service: given.service?.id,
    summary: given.summary,
    private: given.private ?? false,
    public: given.private === false,
    type: given.type ?? undefined,
  });
}

/** Where a new incident is. */
export function sayDeclared(service: Service, incident: Incident, beside: readonly Incident[] = []): Message {
  return declared(incident, service.room === 'thread' ? service.incidents : null, beside, roomName(service.roomName, incident));
}

/** An incident with everything said; the answer tells where it is. */
export function declareAs(
  service: Service,
  severity: Severity | null,
  title: string,
  {
    beside,
    ...more
  }: {
    component?: string | null;
    impact?: string | null;
    customerImpact?: boolean;
    private?: boolean | undefined;
    incidentType?: IncidentType | null;
    detected?: number | null;
    beside: readonly Incident[];
  },
): Answer {
  return {
    asks: [
      {
        target: { kind: 'new' },
        ask: {
          type: 'declare',
          title,
          service: service.id,
          serviceName: service.name,
          severity: severity ?? service.defaultSeverity,
          statusPage: service.statusPage,
          policy: service.policy,
          beside: beside.map((incident) => incident.id),
          ...more,
        },
      },
    ],
    reply: ([change]) => (change === undefined ? null : sayDeclared(service, change.incident, beside)),
  };
}
