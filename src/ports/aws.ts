import { TocsinError } from '../domain/errors.ts';
import type { Json } from '../domain/record.ts';
import type { QBusiness } from './qbusiness.ts';

/**
 * Amazon Web Services refused or could not be reached. `denied` names the missing permission, the resource and who asked; `unreachable`,
 * `throttled` and `timeout` are worth another try; after `uncertain` a change may or may not have happened: look before doing it again.
 */
export class AwsError extends TocsinError {
  readonly reason: 'denied' | 'not-found' | 'throttled' | 'conflict' | 'invalid' | 'timeout' | 'unreachable' | 'uncertain' | 'failed';
  /** The service's own name of the error (`ThrottlingException`), empty when there was no answer. */
  readonly serviceCode: string;

  constructor(reason: AwsError['reason'], message: string, options: { serviceCode?: string; cause?: unknown } = {}) {
    super(`aws-${reason}`, message, options);
    this.name = 'AwsError';
    this.reason = reason;
    this.serviceCode = options.serviceCode ?? '';
  }
}

/** Amazon Web Services in one region, as actions ask of it. Times are ms since 1970. Every method throws AwsError. */
export interface Aws {
  readonly region: string;
  /** Who asks: the account's number and the ARN of the user or assumed role. */
  identity(): Promise<AwsIdentity>;
  readonly qbusiness: QBusiness;
  readonly s3: ObjectStorage;
  readonly trail: Trail;
  readonly watch: Watch;
  readonly iam: Iam;
  readonly events: EventBus;
}

export interface AwsIdentity {
  readonly account: string;
  readonly arn: string;
}

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  readonly time: number;
  readonly etag: string;
}

export interface StoredVersion extends StoredObject {
  /** `null` as a text for what was stored before the bucket kept versions. */
  readonly version: string;
  readonly latest: boolean;
  readonly deleteMarker: boolean;
}

export interface ObjectContent {
  readonly bytes: Uint8Array;
  /** What the uploader set: names without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A rule of a bucket's lifecycle, as far as it concerns what is kept. */
export interface LifecycleRule {
  readonly id: string;
  readonly enabled: boolean;
  readonly prefix: string;
  /** Whether it is for objects with certain tags or sizes only. */
  readonly filtered: boolean;
  readonly expiresAfterDays: number | null;
  /** A day on which everything there expires, ms. */
  readonly expiresOn: number | null;
  readonly oldVersionsExpireAfterDays: number | null;
}

export interface ObjectStorage {
  /** In the order of their keys, page by page; only keys that come after `after`. */
  list(bucket: string, prefix: string, after?: string): AsyncIterable<StoredObject>;
  /** Versions and delete markers in the order of their keys, the newest of a key first. */
  versions(bucket: string, prefix: string): AsyncIterable<StoredVersion>;
  /** `null` when there is none. Up to `limit` bytes. @throws AwsError `invalid` for a larger one */
  read(bucket: string, key: string, limit: number): Promise<ObjectContent | null>;
  /** `null` when there is none, or its newest version is a delete marker. `opaque`: the ETag says nothing of the content (in parts, or encrypted with a key of KMS). */
  head(bucket: string, key: string, version?: string): Promise<(StoredObject & { readonly version: string; readonly opaque: boolean }) | null>;
  tags(bucket: string, key: string): Promise<Readonly<Record<string, string>>>;
  /** Replaces every tag that is there. */
  replaceTags(bucket: string, key: string, tags: Readonly<Record<string, string>>): Promise<void>;
  /** Makes a version of an object its newest, by copying; in parts when it is larger than 5 GB (`partBytes` each). Answers the new version's id. */
  restoreVersion(bucket: string, version: StoredVersion, say?: (done: number, parts: number) => void): Promise<string>;
  /** Puts a delete marker, or with `version` deletes that one for good. Answers the marker's version id. */
  remove(bucket: string, key: string, version?: string): Promise<string>;
  versioning(bucket: string): Promise<'on' | 'suspended' | 'off'>;
  /** `days` is the default retention, `null` without one; a year counts 365. */
  objectLock(bucket: string): Promise<{ readonly mode: string | null; readonly days: number | null } | null>;
  lifecycle(bucket: string): Promise<LifecycleRule[]>;
  /** The bucket's policy, or `null`. */
  policy(bucket: string): Promise<Json>;
}

export interface TrailEvent {
  readonly id: string;
  readonly name: string;
  readonly time: number;
  /** The ARN of the user or of the role's session, as far as the event says it. */
  readonly principal: string;
  /** The ARN of the role, where a session of one did it. */
  readonly role: string | null;
  /** IAMUser, AssumedRole, Root, AWSService ... */
  readonly kind: string;
  /** For people: the user's name, or the session's name of an assumed role. */
  readonly person: string;
  /** Address or service it came from. */
  readonly from: string;
  readonly agent: string;
  /** Whether it was done in the console. */
  readonly console: boolean;
  /** The error with which it was refused; then nothing was changed. */
  readonly error: string | null;
  readonly parameters: Json;
}

export interface Trail {
  /**
   * Events of one name, the newest first, `limit` at most; `complete` when there are no more in that time. Two look-ups a second for the
   * whole account and region (CloudTrail's quota), for which this waits.
   */
  events(query: { readonly name: string; readonly from: number; readonly to: number; readonly limit: number }): Promise<{
    readonly events: readonly TrailEvent[];
    readonly complete: boolean;
  }>;
}

export interface Alarm {
  readonly name: string;
  readonly arn: string;
  /** OK, ALARM, INSUFFICIENT_DATA. */
  readonly state: string;
  readonly since: number | null;
  readonly reason: string;
  readonly enabled: boolean;
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
  /** `null` for an alarm over an expression of several metrics. */
  readonly metric: { readonly namespace: string; readonly name: string; readonly dimensions: Readonly<Record<string, string>> } | null;
  readonly missingData: string;
}

export interface LogEvent {
  readonly time: number;
  readonly stream: string;
  readonly message: string;
}

export interface Watch {
  /** Alarms of these names; those that do not exist are left out. */
  alarms(names: readonly string[]): Promise<Alarm[]>;
  /** When an alarm last went into ALARM, ms, as far back as CloudWatch keeps its history; `null` where it never did. */
  lastFired(name: string): Promise<number | null>;
  /** The dimensions under which a metric has had data in the last two weeks. */
  metricDimensions(namespace: string, name: string): Promise<Readonly<Record<string, string>>[]>;
  /** The oldest first, `limit` at most: the newest ones when there are more. @throws AwsError `not-found` without such a log group */
  logs(
    group: string,
    query: { readonly from: number; readonly to: number; readonly filter?: string; readonly limit: number },
  ): Promise<{
    readonly events: readonly LogEvent[];
    readonly complete: boolean;
  }>;
}

export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly trust: Json;
  readonly policies: readonly { readonly name: string; readonly document: Json }[];
  /** The ARN of a permissions boundary, which may take away what the policies give. */
  readonly boundary: string | null;
}

export interface Simulated {
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
  /** A policy denies it, as against none allowing it. */
  readonly explicitly: boolean;
}

export interface Iam {
  /** The role with all its policies, attached and inline. @throws AwsError `not-found` */
  role(name: string): Promise<Role>;
  /** What a principal may do by its own policies; policies of resources do not count. */
  simulate(principal: string, actions: readonly string[], resources: readonly string[]): Promise<Simulated[]>;
}

export interface EventRule {
  readonly name: string;
  readonly arn: string;
  readonly pattern: Json;
  readonly enabled: boolean;
  readonly description: string;
}

export interface Topic {
  readonly arn: string;
  readonly policy: Json;
  readonly confirmed: number;
  readonly pending: number;
}

export interface EventBus {
  /** A rule of the default event bus, or `null`. */
  rule(name: string): Promise<EventRule | null>;
  putRule(rule: { readonly name: string; readonly pattern: Json; readonly enabled: boolean; readonly description: string }): Promise<void>;
  /** Its targets must be gone. */
  deleteRule(name: string): Promise<void>;
  targets(rule: string): Promise<{ readonly id: string; readonly arn: string }[]>;
  putTarget(rule: string, target: { readonly id: string; readonly arn: string }): Promise<void>;
  removeTarget(rule: string, id: string): Promise<void>;
  topic(arn: string): Promise<Topic>;
  setTopicPolicy(arn: string, policy: Json): Promise<void>;
}
