import type { z } from 'zod';
import type { Reply } from '../../../domain/messages/messages.ts';
import type { Who } from '../../../domain/policy.ts';
import type { StoredRecord } from '../../../domain/record.ts';
import type { PAGE_PATH_DATA, PathWay } from '../../../domain/records/data/page-path.ts';
import type { Severity } from '../../../domain/severity.ts';
import type { Store, StoreTx } from '../../../ports/store.ts';
import type { DigestTime } from '../../figures/digest.ts';
import type { Line } from '../ports.ts';
import type { SurveyedService } from '../survey.ts';

/** A record of `system` about the page path. */
export type PathRecord = {
  readonly [T in keyof typeof PAGE_PATH_DATA]: { readonly type: T; readonly data: z.input<(typeof PAGE_PATH_DATA)[T]> };
}[keyof typeof PAGE_PATH_DATA];

/** Why it is not known whether a way works. `tried`: it was to be looked at; otherwise the configuration asks for no look. Journalled. */
export type Unseen = { readonly unseen: string; readonly tried: boolean };

/** What a try found: `null` when the way works, why it does not, or that nothing is known of it. */
export type Found = string | Unseen | null;

/** One way that is no person, and how it is tried without telling anybody anything. What may pass is thrown, and tried again (passing.ts says what does). */
export interface Station {
  readonly way: Exclude<PathWay, 'line' | 'person'>;
  readonly what: string;
  readonly severities: readonly Severity[];
  readonly attempt: () => Promise<Found>;
}

export interface PathService {
  readonly id: string;
  readonly name: string;
  /** The channel of its incidents: where the report goes. */
  readonly channel: string;
  readonly lines: SurveyedService['lines'];
  readonly stations: readonly Station[];
  /** Whether whoever is called and not reached by Slack is mailed. */
  readonly isMailed: boolean;
  /** Who is called first. */
  readonly responders: readonly Who[];
  /** When they are asked; `null`: never. */
  readonly asks: DigestTime | null;
}

export interface PathDeps {
  readonly store: Store;
  /** When (UTC) the ways are tried; `null`: never. */
  readonly at: string | null;
  /** How long (ms) the on-call have to confirm. */
  readonly withinMs: number;
  readonly services: readonly PathService[];
  /** Who is behind a line now. What may pass is thrown. */
  readonly members: (who: Who) => Promise<Line>;
  /** Whether a person can be written to, without writing: `null`, or Slack’s code. */
  readonly tryPerson: (user: string) => Promise<string | null>;
  /** Whether somebody who is called for a service has an address that can be mailed; `no_address` where not. What may pass is thrown. */
  readonly findAddress: (service: string, user: string) => Promise<Found>;
  /** What somebody is called, as text that notifies nobody; their id where that is not known. Never throws. */
  readonly nameOf: (user: string) => Promise<string>;
  /** The message that is to be confirmed. */
  readonly question: (service: PathService, at: string) => Reply;
  readonly record: (tx: StoreTx, record: PathRecord) => Promise<void>;
  /** Records of the page path, oldest first. */
  readonly records: () => Promise<readonly StoredRecord[]>;
}
