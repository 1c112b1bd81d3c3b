/** SQLSTATE classes of what ends by itself (PostgreSQL manual, appendix A): connection, no room for another, stopping or starting. */
const CLASSES: readonly string[] = ['08', '53', '57P'];
/** A stand-by that is not yet promoted; a serialization failure or a deadlock, of which one side has to go again. */
const STATES: readonly string[] = ['25006', '40001', '40P01'];
const NETWORK: readonly string[] = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
/** What `pg` says without a code when a connection breaks or none is to be had. */
const BROKEN = /^(Connection terminated|timeout exceeded when trying to connect|Client (has encountered a connection error|was closed))/;

/**
 * Whether a failure is the database being away for a while: a restart, a failover, a broken connection. What was asked was not done, or is
 * found done when it is asked again.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'database-unavailable' || CLASSES.some((one) => code.startsWith(one)) || STATES.includes(code) || NETWORK.includes(code)) return true;
  return BROKEN.test(error.message) || (error.cause !== undefined && isPassing(error.cause));
}
