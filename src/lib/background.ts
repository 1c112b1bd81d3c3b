/**
 * Lets work go on while nobody waits for its end. What fails is told to `onError`: no promise is left without somebody who hears of its
 * failure.
 */
export function inBackground(work: Promise<unknown>, onError: (error: unknown) => void): void {
  work.catch(onError);
}
