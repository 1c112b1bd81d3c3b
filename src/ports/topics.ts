import { TocsinError } from '../domain/errors.ts';

/**
 * A broker refused or could not be reached. `denied`: who asks is not known there, or may not. `unreachable` is worth another try; `failed`
 * may be.
 */
export class BrokerError extends TocsinError {
  readonly reason: 'unreachable' | 'denied' | 'not-found' | 'misconfigured' | 'failed';

  constructor(reason: BrokerError['reason'], message: string, options: { cause?: unknown } = {}) {
    super(`kafka-${reason}`, message, options);
    this.name = 'BrokerError';
    this.reason = reason;
  }
}

/** A message of a topic, as it came. */
export interface TopicMessage {
  readonly topic: string;
  readonly partition: number;
  /** A decimal number: the message's place in its partition. */
  readonly offset: string;
  /** When it was written (ms), by its producer or by the broker. */
  readonly at: number;
  /** `null` for a message without a body. */
  readonly body: Uint8Array | null;
}

export interface TopicReading {
  /** Gets what came, each partition in its order. What it took is not read again once it has resolved; when it rejects, the reading ends. */
  readonly take: (messages: readonly TopicMessage[]) => Promise<void>;
  /** Called when the broker lets this group read. */
  readonly onReady: () => void;
  /** Ends the reading, after what is taken just now. */
  readonly signal: AbortSignal;
}

export interface TopicFacts {
  readonly topic: string;
  readonly partitions: number;
}

/** Topics of a broker that a group reads: each message by one of its members, at least once. */
export interface Topics {
  /** Resolves when its signal ends it. @throws BrokerError, and what `take` throws */
  read(reading: TopicReading): Promise<void>;
  /** What the broker says of the topics. @throws BrokerError */
  about(): Promise<readonly TopicFacts[]>;
}
