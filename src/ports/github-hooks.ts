/** A webhook of the repository. */
export interface Hook {
  readonly id: number;
  /** Where it sends to. */
  readonly url: string;
  readonly active: boolean;
  /** `*` stands for all. */
  readonly events: readonly string[];
}

/** One try to deliver an event. */
export interface HookDelivery {
  readonly id: number;
  /** The same for every try of one event. */
  readonly guid: string;
  /** ms since 1970. */
  readonly at: number;
  readonly event: string;
  /** The HTTP status of the answer; 0 when there was none. */
  readonly status: number;
}
