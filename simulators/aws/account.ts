import { Bucket, S3Store } from '../s3/index.ts';
import type { Principal } from './principals.ts';
import { CloudWatchState } from './services/cloudwatch/state.ts';
import { EventsState } from './services/events/state.ts';
import { type Decision, evaluate, type PolicyDocument, type Question } from './services/iam/policy.ts';
import { IamState } from './services/iam/state.ts';
import { LogsState } from './services/logs/state.ts';
import { advanceJobs } from './services/qbusiness/crawl.ts';
import { QBusinessState } from './services/qbusiness/state.ts';
import { type BucketSettings, bucketOperations } from './services/s3/settings.ts';
import { SnsState } from './services/sns/state.ts';
import { Trail } from './services/trail.ts';

export interface AccountOptions {
  readonly id: string;
  readonly region: string;
  readonly now: () => number;
  /** The machine's time, ms: signatures and rates go by it. */
  readonly wall: () => number;
  readonly principals: readonly Principal[];
  readonly trailDelayMs: number;
  readonly syncTakesMs: number;
  /** The simulator's address, which links in messages point to. */
  readonly url: () => string;
}

/** Somebody with policies of their own who asks for something. */
export interface Asker {
  readonly arn: string;
  readonly policies: readonly PolicyDocument[];
}

/** One AWS account in one region. */
export class Account {
  readonly id: string;
  readonly region: string;
  readonly now: () => number;
  readonly wall: () => number;
  readonly iam: IamState;
  readonly trail: Trail;
  readonly qbusiness: QBusinessState;
  readonly s3: S3Store;
  readonly bucketSettings = new Map<string, BucketSettings>();
  readonly cloudwatch: CloudWatchState;
  readonly logs: LogsState;
  readonly sns: SnsState;
  readonly events: EventsState;
  /** When the last look-ups in CloudTrail were, ms of the machine's time. */
  readonly lookUps: number[] = [];

  constructor(options: AccountOptions) {
    this.id = options.id;
    this.region = options.region;
    this.now = options.now;
    this.wall = options.wall;
    this.iam = new IamState(options.id, options.principals);
    this.trail = new Trail(this, options.trailDelayMs);
    this.qbusiness = new QBusinessState(options.syncTakesMs);
    this.s3 = new S3Store({ now: options.now, more: bucketOperations(this) });
    this.logs = new LogsState(options.now);
    this.sns = new SnsState(this, options.url);
    this.cloudwatch = new CloudWatchState(this, this.sns);
    this.events = new EventsState(this, this.sns);
    this.trail.onEvent((record) => this.events.deliver(record));
  }

  createBucket(name: string, settings: BucketSettings & { readonly versioned: boolean }): Bucket {
    const bucket = new Bucket({ versioned: settings.versioned, now: this.now });
    this.s3.buckets.set(name, bucket);
    this.bucketSettings.set(name, settings);
    return bucket;
  }

  /** Whether somebody may do something: their own policies and, for S3, the bucket's. */
  decide(asker: Asker, question: Question): Decision {
    const own = evaluate(asker.policies, question);
    const [, bucket] = /^arn:aws:s3:::([^/]+)/.exec(question.resource) ?? [];
    const policy = this.bucketSettings.get(bucket ?? '')?.policy;
    if (own === 'explicitDeny' || policy === undefined) return own;
    const granted = evaluate([policy], { ...question, principal: { AWS: asker.arn } });
    return granted === 'implicitDeny' ? own : granted;
  }

  /** Brings everything that goes on by itself to the account's present time: syncs, alarms, and messages that are due. */
  async settle(): Promise<void> {
    this.advance();
    await this.sns.deliverDue();
  }

  /** As `settle`, without waiting for deliveries. */
  advance(): void {
    advanceJobs(this);
    this.cloudwatch.evaluate();
  }
}
