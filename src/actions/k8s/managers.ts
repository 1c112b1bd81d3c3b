import type { KubeObject } from '../../ports/cluster.ts';
import { metadataSchema } from './shapes.ts';

/* Who else manages an object, by what its metadata say, and what they will do with a change of it. Pure. */

/** What is changed of one object. */
export interface FieldChange {
  readonly object: KubeObject;
  /** For people: `replicas`, `LOG_LEVEL of container main`. */
  readonly what: string;
  /** As `managedFields` write them: `['f:spec', 'f:replicas']`. Whoever has set one of them has set what is changed. */
  readonly paths: readonly (readonly string[])[];
  /** Whether the cluster refuses to put it back, as a volume cannot shrink. */
  readonly oneWay?: boolean;
  /** Whether no source ever sets it, as the time of a restart. */
  readonly unsourced?: boolean;
  /** Whether it is no part of the object's manifest, as the files on a volume: whoever manages the object does not put it back. */
  readonly content?: boolean;
}

/** Somebody else who manages an object. */
export interface Manager {
  /** What becomes of the change: it is put back, left alone, or nobody can say. */
  readonly outcome: 'undone' | 'stays' | 'unknown';
  /** Who does what with the change, and when. */
  readonly says: string;
  /** The way that lasts; `null` where the change does. */
  readonly instead: string | null;
}

/** A tool that applies what somebody has written elsewhere. */
interface Source {
  /** `Argo CD (application shop)` */
  readonly who: string;
  /** Its names in `managedFields`. */
  readonly managers: readonly string[];
  /** When it puts back what it sets. */
  readonly when: string;
  readonly instead: string;
  /** It was told to leave this object alone. */
  readonly paused: boolean;
}

type Metadata = ReturnType<typeof metadataSchema.parse>;

/** Everybody who manages an object besides Tocsin, as far as its metadata say. */
export function managersOf(change: FieldChange): readonly Manager[] {
  const metadata = metadataSchema.parse(change.object.metadata);
  const label = `${change.object.kind.toLowerCase()}/${metadata.name}`;
  const sources = change.unsourced === true ? [] : sourcesOf(metadata);
  return [...sources.map((source) => sourceManager(source, metadata, label, change)), ...operatorManager(metadata, label, change)];
}

/** A manager's statement for the notes of a plan. */
export function sayManager({ says, instead }: Manager): string {
  return instead === null ? says : `${says} ${instead}`;
}

function sourceManager({ who, managers, when, instead, paused }: Source, metadata: Metadata, label: string, change: FieldChange): Manager {
  const { what, paths, oneWay = false, content = false } = change;
  if (content) return { outcome: 'stays', says: `${who} manages ${label}, but not ${what}: this change stays.`, instead: null };
  if (paused) return { outcome: 'stays', says: `${who} manages ${label}, but was told to leave it alone: this change stays.`, instead: null };
  const entries = metadata.managedFields.filter(({ manager }) => managers.includes(manager));
  if (entries.length > 0 && !entries.some(({ fieldsV1 }) => paths.some((path) => holds(fieldsV1, path))))
    return { outcome: 'stays', says: `${who} manages ${label}, but does not set ${what}: this change stays.`, instead: null };
  if (entries.length === 0) {
    const says = `${who} manages ${label}. Whether it sets ${what} is not known; if it does, it puts this back ${when}.`;
    return { outcome: 'unknown', says, instead };
  }
  if (oneWay) {
    const says = `${who} sets ${what} of ${label}. It cannot be put back: what it applies fails until its source says the same.`;
    return { outcome: 'stays', says, instead: 'Commit it to the source.' };
  }
  return { outcome: 'undone', says: `${who} sets ${what} of ${label} and puts this back ${when}.`, instead };
}

/** Labels and annotations by which the tools mark what is theirs. */
function sourcesOf({ labels, annotations, managedFields, namespace }: Metadata): readonly Source[] {
  const isManager = (...names: readonly string[]) => managedFields.some(({ manager }) => names.includes(manager));
  const application = argoApplication(annotations['argocd.argoproj.io/tracking-id'] ?? '') ?? labels['argocd.argoproj.io/instance'];
  // The label is Helm's and everybody's as well: it names an application only where Argo CD has written the object.
  const byLabel = isManager(...ARGO) ? labels['app.kubernetes.io/instance'] : undefined;
  const argo = application ?? byLabel;
  const kustomization = labels['kustomize.toolkit.fluxcd.io/name'];
  const fluxRelease = labels['helm.toolkit.fluxcd.io/name'];
  const release =
    annotations['meta.helm.sh/release-name'] ??
    (labels['app.kubernetes.io/managed-by'] === 'Helm' ? labels['app.kubernetes.io/instance'] : undefined);
  const flux = (kind: string, name: string, place: string, when: string, paused = false): Source => ({
    who: `Flux (${kind} ${name}${place === '' ? '' : ` in ${place}`})`,
    managers: kind === 'kustomization' ? ['kustomize-controller'] : ['helm-controller', 'helm'],
    when,
    instead: `What lasts is a commit to its source. For a while: flux suspend ${kind} ${name}${place === '' ? '' : ` -n ${place}`}, and flux resume afterwards.`,
    paused,
  });
  const found: Source[] = [];
  if (argo !== undefined)
    found.push({
      who: `Argo CD (application ${argo})`,
      managers: ARGO,
      when: 'within seconds where it heals itself, else at its next sync',
      instead: `What lasts is a commit to its source. For a while: argocd app set ${argo} --sync-policy none, and the policy of before afterwards.`,
      paused: false,
    });
  if (kustomization !== undefined) {
    const told = ['disabled', 'ignore'].includes((annotations['kustomize.toolkit.fluxcd.io/reconcile'] ?? '').toLowerCase());
    const ignored = ['ifnotpresent', 'ignore'].includes((annotations['kustomize.toolkit.fluxcd.io/ssa'] ?? '').toLowerCase());
    const place = labels['kustomize.toolkit.fluxcd.io/namespace'] ?? '';
    found.push(flux('kustomization', kustomization, place, 'at its next reconciliation, by its interval', told || ignored));
  }
  if (fluxRelease !== undefined) {
    const place = labels['helm.toolkit.fluxcd.io/namespace'] ?? namespace;
    const when = 'at its next upgrade, and at its next reconciliation where it detects drift';
    found.push(flux('helmrelease', fluxRelease, place, when));
  }
  // What Argo CD or Flux render of a chart has Helm's marks, and nobody upgrades it by hand.
  if (release !== undefined && found.length === 0)
    found.push({
      who: `Helm (release ${release})`,
      managers: ['helm', 'Helm'],
      when: 'at its next upgrade',
      instead: 'What lasts is a change of the release’s values.',
      paused: false,
    });
  return found;
}

const ARGO = ['argocd-controller', 'argocd-application-controller'];

/** `shop:apps/Deployment:shop/web`; `team_shop:...` where applications live in several namespaces. */
function argoApplication(trackingId: string): string | undefined {
  const [application = ''] = trackingId.split(':');
  return application === '' ? undefined : application.replace('_', '/');
}

/** Whoever controls an object makes of it what it wants, as soon as it changes. */
function operatorManager({ ownerReferences }: Metadata, label: string, { what, content = false }: FieldChange): readonly Manager[] {
  const owner = ownerReferences.find(({ controller }) => controller);
  if (owner === undefined) return [];
  const name = `${owner.kind.toLowerCase()}/${owner.name}`;
  if (content) return [{ outcome: 'unknown', says: `${label} belongs to ${name}: its operator may need ${what}.`, instead: 'Ask whoever runs it.' }];
  return [
    {
      outcome: 'unknown',
      says: `${label} belongs to ${name}: if its operator sets ${what}, it puts this back, mostly within seconds.`,
      instead: `What lasts is a change of ${name}.`,
    },
  ];
}

/** Whether a FieldsV1 tree has a path or something below it. */
function holds(fields: unknown, path: readonly string[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return true;
  if (typeof fields !== 'object' || fields === null || !Object.hasOwn(fields, first)) return false;
  return holds((fields as Readonly<Record<string, unknown>>)[first], rest);
}
