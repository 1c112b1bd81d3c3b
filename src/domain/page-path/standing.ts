import { z } from 'zod';
import type { StoredRecord } from '../record.ts';
import { PAGE_PATH_DATA } from '../records/data/page-path.ts';

/** Types of the records of `system` that it follows from. */
export const PATH_RECORDS = Object.keys(PAGE_PATH_DATA) as readonly (keyof typeof PAGE_PATH_DATA)[];

export type PathTried = z.output<(typeof PAGE_PATH_DATA)['page-path.tried']>;

/** How it stands with a service: what was found last, and who confirmed last. Times in ms. */
export interface PathStanding {
  readonly service: string;
  readonly tried: (PathTried & { readonly on: number }) | null;
  /** The newest question: who was asked, and who of them has confirmed it by now. `missed`: who did not in time, nor since. */
  readonly asked: {
    readonly at: string;
    readonly users: readonly string[];
    readonly confirmed: readonly string[];
    readonly missed: readonly string[];
  } | null;
}

const ofService = z.object({ service: z.string() });

/** How it stands with each of these services, from the records of `system`, oldest first: each record is looked at once, however many services there are. */
export function pathStandings(records: readonly StoredRecord[], services: readonly string[]): readonly PathStanding[] {
  const byService = Map.groupBy(records, ({ data }) => ofService.safeParse(data).data?.service);
  return services.map((service) => pathStanding(byService.get(service) ?? [], service));
}

/** How it stands with a service, from the records of `system`, oldest first. */
export function pathStanding(records: readonly StoredRecord[], service: string): PathStanding {
  let standing: PathStanding = { service, tried: null, asked: null };
  for (const record of records) standing = after(standing, record);
  return standing;
}

function after(standing: PathStanding, { type, data, time }: StoredRecord): PathStanding {
  switch (type) {
    case 'page-path.tried': {
      const tried = PAGE_PATH_DATA[type].parse(data);
      return tried.service === standing.service ? { ...standing, tried: { ...tried, on: Date.parse(time) } } : standing;
    }
    case 'page-path.asked': {
      const { service, at, users } = PAGE_PATH_DATA[type].parse(data);
      return service === standing.service ? { ...standing, asked: { at, users, confirmed: [], missed: [] } } : standing;
    }
    case 'page-path.confirmed': {
      const { service, at, user } = PAGE_PATH_DATA[type].parse(data);
      const { asked } = standing;
      if (service !== standing.service || asked === null || asked.at !== at || asked.confirmed.includes(user)) return standing;
      const missed = asked.missed.filter((one) => one !== user);
      return { ...standing, asked: { ...asked, confirmed: [...asked.confirmed, user], missed } };
    }
    case 'page-path.missed': {
      const { service, at, users } = PAGE_PATH_DATA[type].parse(data);
      const { asked } = standing;
      return service === standing.service && asked?.at === at ? { ...standing, asked: { ...asked, missed: users } } : standing;
    }
    default:
      return standing;
  }
}

/** Whether something does not work, or could not be looked at though it was to be: what is said that night, and no good word is given for. */
export function isDoubtful({ failed, unseen = [] }: PathTried): boolean {
  return failed.length > 0 || unseen.some(({ tried }) => tried);
}

/** How long (ms) a try counts: each night there is one, and one that is missing may be a restart. */
const TWO_NIGHTS = 2 * 24 * 60 * 60_000;

/** Whether the last try (`on`) is so long ago, by `now` (ms), that it says nothing of a page tonight. */
export function isOld({ on }: { readonly on: number }, now: number): boolean {
  return now - on > TWO_NIGHTS;
}

/** Whether a person was asked by this question and has not confirmed it. */
export function mayConfirm({ asked }: PathStanding, at: string, user: string): boolean {
  return asked !== null && asked.at === at && asked.users.includes(user) && !asked.confirmed.includes(user);
}
