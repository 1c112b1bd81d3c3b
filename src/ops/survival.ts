import type { Logger } from 'pino';

/** What nobody waited for: a promise that failed, or an error that was thrown where nobody catches. */
export type UnexpectedKind = 'unhandledRejection' | 'uncaughtException';

export type ReportUnexpected = (error: unknown, kind: UnexpectedKind) => void;

/**
 * Keeps this process alive whatever fails unheard: it is logged with its cause, and told to whom `tell` names. What must end the bot ends it
 * in order, by a promise that somebody awaits. For the process' own start only: it is there once.
 */
export function surviveUnexpected(logger: Logger): { tell(report: ReportUnexpected): void } {
  let report: ReportUnexpected = () => undefined;
  const take = (kind: UnexpectedKind) => (err: unknown) => {
    logger.error({ err, kind }, 'unexpected: an error that nobody handled; Tocsin keeps running');
    report(err, kind);
  };
  process.on('unhandledRejection', take('unhandledRejection'));
  process.on('uncaughtException', take('uncaughtException'));
  return {
    tell(told) {
      report = told;
    },
  };
}
