/**
 * Reads that are under way, so that whoever asks the same at the same moment shares the answer. A read that began before a write of this
 * process ended is joined by nobody after it: who has written sees what was written.
 */
export class Flights {
  readonly #reads = new Map<string, Promise<unknown>>();
  #writes = 0;

  /** The answer to a read that is under way, or a read of one's own. One that another's abort ended is read again. */
  async join<T>(path: string, signal: AbortSignal | undefined, read: () => Promise<T>): Promise<T> {
    const key = `${this.#writes} ${path}`;
    const other = this.#reads.get(key) as Promise<T> | undefined;
    if (other === undefined) return this.#begin(key, read);
    try {
      return await other;
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return read();
    }
  }

  /** Something was, or may have been, written. */
  wrote(): void {
    this.#writes += 1;
  }

  async #begin<T>(key: string, read: () => Promise<T>): Promise<T> {
    const reading = read();
    this.#reads.set(key, reading);
    try {
      return await reading;
    } finally {
      this.#reads.delete(key);
    }
  }
}
