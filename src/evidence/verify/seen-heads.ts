import { PackedLists } from '../../lib/packed-rows.ts';
import type { LogHead } from '../log.ts';

/** A head of another stream as the global log saw it, and the log's record that says so. */
export interface SeenHead extends LogHead {
  readonly logSeq: number;
}

/** Where in a row: the log's record, the size, the head, the checkpoint's SHA-256. */
const AT = { logSeq: 0, size: 4, head: 8, sha256: 40, end: 72 } as const;

/** What the global log saw of all streams: it has one for each checkpoint that was ever made. */
export class SeenHeads {
  readonly #heads = new PackedLists(AT.end);

  add({ incident_id, size, head, checkpoint_sha256 }: LogHead, logSeq: number): void {
    const row = this.#heads.add(incident_id);
    row.writeUInt32BE(logSeq, AT.logSeq);
    row.writeUInt32BE(size, AT.size);
    row.write(head, AT.head, 'hex');
    row.write(checkpoint_sha256, AT.sha256, 'hex');
  }

  has(stream: string): boolean {
    return this.#heads.has(stream);
  }

  streams(): Iterable<string> {
    return this.#heads.names();
  }

  /** Those of one stream, in the order in which the log saw them. */
  of(stream: string): readonly SeenHead[] {
    return this.#heads.of(stream).map((row) => ({
      incident_id: stream,
      size: row.readUInt32BE(AT.size),
      head: row.toString('hex', AT.head, AT.sha256),
      checkpoint_sha256: row.toString('hex', AT.sha256),
      logSeq: row.readUInt32BE(AT.logSeq),
    }));
  }
}
