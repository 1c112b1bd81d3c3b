/**
 * Work that keeps a processor busy: a pure function of a module, whose input and result are plain data. A thread of its own does it, so that
 * the bot goes on answering meanwhile.
 */
export interface HeavyWork<In, Out> {
  /** `import.meta.url` of the module that exports it. */
  readonly module: string;
  /** Under which name the module exports it. */
  readonly name: string;
  readonly run: (input: In) => Out;
  /** About how many characters there are to work on: few are worked on at once, for sending them away takes longer. */
  readonly size: (input: In) => number;
}

/** Whoever does heavy work. */
export interface Threads {
  /**
   * Input and result are copied. Ends when `signal` is aborted; one that is made by a function is made when the work's turn comes, so that a limit of time
   * counts none that other work takes. @throws what the work throws, or Error when it needs more memory than it may.
   */
  run<In, Out>(work: HeavyWork<In, Out>, input: In, signal?: AbortSignal | (() => AbortSignal)): Promise<Out>;
}
