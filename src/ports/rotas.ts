import { TocsinError } from '../domain/errors.ts';

/** More turns than that in twelve weeks are no rota. */
export const MOST_TURNS = 3_000;

/** A time (ms), `until` exclusive. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** A turn as it stands where it is kept: who has it is not known in Slack yet. */
export interface NamedTurn extends Span {
  /** Mail addresses of whoever has it, in order. */
  readonly mails: readonly string[];
  /** The address of whoever wrote it down, for a turn that says nothing better; `null` for none. */
  readonly organizer: string | null;
  /** Whom it names, as people read it. */
  readonly says: string;
}

/** What was read of a rota that is kept elsewhere. */
export interface NamedTurns {
  readonly turns: readonly NamedTurn[];
  /** With it the next look learns cheaply that nothing has changed; `null` where there is no such thing. */
  readonly tag: string | null;
  /** What was left out, in sentences. */
  readonly problems: readonly string[];
}

/** Why a rota that is kept elsewhere cannot be read: in words that people read, with no address in them. `advice` says what to do. */
export class RotaSourceError extends TocsinError {
  readonly advice: string;

  constructor(message: string, advice: string, options: { cause?: unknown } = {}) {
    super('rota-source', message, options);
    this.name = 'RotaSourceError';
    this.advice = advice;
  }
}

/** Where one rota is kept. */
export interface RotaReader {
  /** The turns that touch a time; `null` where nothing has changed since `tag` was given. @throws RotaSourceError */
  read(span: Span, tag: string | null): Promise<NamedTurns | null>;
}

/** The person behind a mail address, by their Slack id; `null` for nobody. @throws RotaSourceError where Slack cannot be asked */
export type ByMail = (address: string) => Promise<string | null>;
