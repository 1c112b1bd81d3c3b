import { randomUUID } from 'node:crypto';
import { type Principal, userIdentity, userNameOf } from '../principals.ts';

/** An event as CloudTrail keeps it; CloudTrail user guide, "record contents". */
export interface TrailEvent {
  readonly id: string;
  readonly name: string;
  /** Such as `qbusiness.amazonaws.com`. */
  readonly source: string;
  /** ms */
  readonly time: number;
  /** From when on a look-up finds it, ms. */
  readonly visibleFrom: number;
  readonly userName: string;
  readonly accessKeyId: string;
  readonly resources: readonly { readonly ResourceType: string; readonly ResourceName: string }[];
  /** The whole record. */
  readonly record: Readonly<Record<string, unknown>>;
}

export interface NewTrailEvent {
  readonly name: string;
  readonly source: string;
  readonly principal: Pick<Principal, 'arn' | 'accessKeyId'>;
  readonly request: unknown;
  readonly response?: unknown;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly requestId?: string;
  /** ms; now, when it is left out. */
  readonly time?: number;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The account's management events, oldest first. */
export class Trail {
  readonly events: TrailEvent[] = [];
  /** How long after it happened an event can be looked up, ms. */
  delayMs: number;
  readonly #account: { readonly id: string; readonly region: string; now(): number };
  readonly #listeners: ((record: Readonly<Record<string, unknown>>) => void)[] = [];

  constructor(account: { readonly id: string; readonly region: string; now(): number }, delayMs: number) {
    this.#account = account;
    this.delayMs = delayMs;
  }

  /** Told of each event when it happens, long before it can be looked up: that is how EventBridge hears of them. */
  onEvent(listener: (record: Readonly<Record<string, unknown>>) => void): void {
    this.#listeners.push(listener);
  }

  record(event: NewTrailEvent): TrailEvent {
    const time = event.time ?? this.#account.now();
    const id = randomUUID();
    const record = {
      eventVersion: '1.09',
      userIdentity: userIdentity(event.principal),
      eventTime: `${new Date(time).toISOString().slice(0, 19)}Z`,
      eventSource: event.source,
      eventName: event.name,
      awsRegion: this.#account.region,
      sourceIPAddress: event.sourceIp,
      userAgent: event.userAgent,
      ...(event.error === undefined ? {} : { errorCode: event.error.code, errorMessage: event.error.message }),
      requestParameters: event.request,
      responseElements: event.response ?? null,
      requestID: event.requestId ?? randomUUID(),
      eventID: id,
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: this.#account.id,
      eventCategory: 'Management',
    };
    const kept: TrailEvent = {
      id,
      name: event.name,
      source: event.source,
      time,
      visibleFrom: time + this.delayMs,
      userName: userNameOf(event.principal.arn),
      accessKeyId: event.principal.accessKeyId,
      resources: resourcesOf(event.request),
      record,
    };
    this.events.push(kept);
    for (const listener of this.#listeners) listener(record);
    return kept;
  }

  /** What can be looked up now, newest first. */
  visible(): TrailEvent[] {
    const now = this.#account.now();
    return this.events.filter(({ visibleFrom }) => visibleFrom <= now).sort((left, right) => right.time - left.time);
  }
}

function resourcesOf(request: unknown): TrailEvent['resources'] {
  if (typeof request !== 'object' || request === null) return [];
  const { applicationId } = request as Record<string, unknown>;
  return typeof applicationId === 'string' ? [{ ResourceType: 'AWS::QBusiness::Application', ResourceName: applicationId }] : [];
}
