import type { Service } from '../../commands/command.ts';
import { policyOf } from '../config/load.ts';
import { mailOf } from '../config/mail.ts';
import type { ConfigFile, ServiceConfig } from '../config/schema.ts';
import { LEVELS } from '../domain/conditions.ts';
import { rotasIn } from '../domain/incident/line.ts';
import type { Who } from '../domain/policy.ts';
import type { Rotas } from '../domain/rota/called.ts';
import { isListed, peopleOf } from '../domain/rota/rota.ts';
import type { ServiceChannels } from '../engine/incidents/notice.ts';
import type { SurveyedService } from '../engine/reach/survey.ts';
import { own } from '../lib/own.ts';

/** The configured services as the commands see them. */
export function servicesOf(file: ConfigFile): readonly Service[] {
  return Object.entries(file.services).map(([id, service]) => ({
    id,
    name: service.name,
    defaultSeverity: service.severity.default,
    aliases: service.severity.aliases,
    statusPage: service.status_page ?? null,
    call: service.call ?? null,
    channels: [
      ...new Set([service.channels.alerts, service.channels.updates, service.channels.incidents].filter((channel) => channel !== undefined)),
    ],
    incidents: service.channels.incidents,
    room: service.channels.room,
    roomName: service.channels.name,
    policy: policyOf(service, mailOf(file, id)),
    contacts: service.contacts,
  }));
}

/** Who is in line for each service, as the survey of who can be reached sees it. `rotas`: with the turns of those that are kept elsewhere. */
export function linesOf(file: ConfigFile, rotas: Rotas['rotas'] = {}): readonly SurveyedService[] {
  return Object.entries(file.services).map(([id, service]) => ({
    id,
    lines: linesOfService(service),
    standby: rotasIn(policyOf(service)).flatMap((rota) => standbyOf(file, rotas, rota)),
  }));
}

/** Each step with its place in the file: `escalation[1]`, `escalation_by_type.data-loss.executive[0]`. */
function linesOfService(service: ServiceConfig): SurveyedService['lines'] {
  const named = (where: string, people: readonly Who[] = []) => people.map((who, i) => ({ line: `${where}[${i}]`, who }));
  const byType = Object.entries(service.escalation_by_type ?? {}).flatMap(([type, line]) =>
    (['primary', 'secondary', 'executive'] as const).flatMap((step) => named(`escalation_by_type.${type}.${step}`, line?.[step])),
  );
  return [
    ...named('responders', service.responders),
    ...named(
      'escalation',
      policyOf(service).escalation.map(({ who }) => who),
    ),
    ...byType,
    ...LEVELS.flatMap((level) => named(`escalation_levels.${level}`, service.escalation_levels?.[level])),
  ];
}

/** Everybody in a rota, each once, with their place in the file. */
function standbyOf(file: ConfigFile, rotas: Rotas['rotas'], id: string): SurveyedService['standby'] {
  const { layers = [], holidays = [] } = own(file.rotas, id) ?? {};
  const rota = own(rotas, id);
  const elsewhere = rota !== undefined && isListed(rota) ? peopleOf(rota) : [];
  const named = [
    ...elsewhere.map((user) => ({ user, line: `rotas.${id}` })),
    ...layers.flatMap(({ people }, i) => people.map((user, n) => ({ user, line: `rotas.${id}.layers[${i}].people[${n}]` }))),
    ...holidays.flatMap(({ user }, i) => (user === undefined ? [] : [{ user, line: `rotas.${id}.holidays[${i}]` }])),
  ];
  return named.filter(({ user }, i) => named.findIndex((one) => one.user === user) === i);
}

/** Where a service talks. One that was since removed from the file talks where the first one does: nothing is lost. */
export function channelsOf(file: ConfigFile): (service: string) => ServiceChannels {
  return (id) => {
    const service: ServiceConfig | undefined = file.services[id] ?? Object.values(file.services)[0];
    if (service === undefined) throw new RangeError('no services');
    const { incidents, updates, resolutions, stakeholders, security, room, name, canvas } = service.channels;
    return { incidents, updates: updates ?? incidents, resolutions, stakeholders, security, room, name, canvas };
  };
}
