import { plural } from '../../../lib/plural.ts';

/** What other steps have seen around the event. `null`: not known. */
export interface Context {
  /** Capsules whose guards tripped, this one among them. */
  readonly capsules: number | null;
  readonly maintenance: boolean | null;
  /** Deployments of late. */
  readonly deployments: number | null;
  readonly tenantKnown: boolean | null;
  readonly capsuleKnown: boolean | null;
  /** What the attestor says of the capsule. */
  readonly alive: boolean | null;
  /** Rollbacks and incidents like this one before. */
  readonly similar: number | null;
}

/** `for`: speaks for a false positive; `against`: speaks for an incident; `neither`: to know. */
export interface Fact {
  readonly speaks: 'for' | 'against' | 'neither';
  readonly says: string;
}

/** Reasons that people weigh. None of them changes the verdict. */
export function factsOf(context: Context): readonly Fact[] {
  return [
    ...ofCapsules(context.capsules),
    ...when(
      context.maintenance,
      fact('for', 'A maintenance window is open (scenario 2 of the playbook).'),
      fact('neither', 'No maintenance window is open.'),
    ),
    ...ofDeployments(context.deployments),
    ...when(context.tenantKnown, fact('neither', 'The tenant is known.'), fact('against', 'The tenant is not known in this cluster.')),
    ...when(context.capsuleKnown, fact('neither', 'The capsule is known.'), fact('against', 'The capsule is not known in this cluster.')),
    ...when(
      context.alive,
      fact('for', 'The attestor says that the capsule is alive.'),
      fact('against', 'The attestor says that the capsule is not alive.'),
    ),
    ...ofSimilar(context.similar),
  ];
}

/** What of it was not seen, as words in a sentence. */
export function unseenOf(context: Context): readonly string[] {
  const names: Readonly<Record<keyof Context, string>> = {
    capsules: 'whether other capsules are hit',
    maintenance: 'maintenance windows',
    deployments: 'recent deployments',
    tenantKnown: 'the tenant',
    capsuleKnown: 'the capsule',
    alive: 'the capsule’s liveness',
    similar: 'similar incidents',
  };
  return (Object.keys(names) as (keyof Context)[]).filter((name) => context[name] === null).map((name) => names[name]);
}

function ofCapsules(capsules: number | null): readonly Fact[] {
  if (capsules === null || capsules === 0) return [];
  if (capsules === 1) return [fact('neither', 'No other capsule is hit.')];
  return [fact('for', `${plural(capsules, 'capsule')} send no heartbeat or tripped at once (scenario 1 of the playbook: the network).`)];
}

function ofDeployments(deployments: number | null): readonly Fact[] {
  if (deployments === null) return [];
  if (deployments === 0) return [fact('neither', 'Nothing was deployed of late.')];
  const were = deployments === 1 ? 'There was 1 deployment' : `There were ${deployments} deployments`;
  return [fact('neither', `${were} of late: it may be the cause, for better or worse.`)];
}

function ofSimilar(similar: number | null): readonly Fact[] {
  if (similar === null) return [];
  if (similar === 0) return [fact('neither', 'There is no similar incident.')];
  return [fact('neither', `${similar === 1 ? 'There is 1 similar incident' : `There are ${similar} similar incidents`}: compare them.`)];
}

function when(known: boolean | null, yes: Fact, no: Fact): readonly Fact[] {
  if (known === null) return [];
  return [known ? yes : no];
}

function fact(speaks: Fact['speaks'], says: string): Fact {
  return { speaks, says };
}
