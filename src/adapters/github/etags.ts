/** What is kept of an answer so that GitHub may say "not modified", which costs nothing of the hour's requests. */
export interface KeptAnswer {
  readonly etag: string;
  readonly response: unknown;
  readonly bytes: number;
}

const MOST_ANSWERS = 400;
const MOST_BYTES = 8 * 1024 * 1024;

/** Answers by address, the least recently used dropped first. */
export class EtagCache {
  readonly #answers = new Map<string, KeptAnswer>();
  #bytes = 0;

  get(key: string): KeptAnswer | undefined {
    const known = this.#answers.get(key);
    if (known === undefined) return undefined;
    this.#answers.delete(key);
    this.#answers.set(key, known);
    return known;
  }

  put(key: string, answer: KeptAnswer): void {
    this.#drop(key);
    // One very large answer would push out all others.
    if (answer.bytes > MOST_BYTES / 4) return;
    this.#answers.set(key, answer);
    this.#bytes += answer.bytes;
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= MOST_ANSWERS && this.#bytes <= MOST_BYTES) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#answers.get(key)?.bytes ?? 0;
    this.#answers.delete(key);
  }
}
