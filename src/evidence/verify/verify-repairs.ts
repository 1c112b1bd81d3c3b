import type { StoredRecord } from '../../domain/record.ts';
import { sha256 } from '../../lib/hash.ts';
import type { EvidenceStore } from '../../ports/evidence.ts';
import { parseKey, recordKey, repairKey, streamOf } from '../layout.ts';
import { REPAIRED, type Repaired, repairedSchema } from '../repairs.ts';
import type { StreamInventory } from './inventory.ts';
import type { Finding } from './report.ts';

/** What the stream `system` says about objects that somebody else wrote under Tocsin's names. */
export class RepairHistory {
  readonly #repaired = new Map<string, Repaired>();
  /** Records among them, by stream. */
  readonly #records = new Map<string, Set<number>>();
  readonly #used = new Set<string>();

  read(record: StoredRecord): void {
    const parsed = record.type === REPAIRED ? repairedSchema.safeParse(record.data) : null;
    if (parsed?.success !== true) return;
    this.#repaired.set(parsed.data.key, parsed.data);
    const object = parseKey(parsed.data.key);
    if (object.kind === 'record') this.#records.set(object.stream, new Set([...(this.#records.get(object.stream) ?? []), object.number]));
  }

  /** Takes out of the inventory what a record says is somebody else's, where Tocsin has nothing of its own yet. */
  async setAside(store: EvidenceStore, inventory: StreamInventory): Promise<void> {
    for (const key of inventory.repairs) this.#used.add(key);
    const { stream, records } = inventory;
    for (const seq of this.#records.get(stream) ?? []) {
      const key = recordKey(stream, seq);
      const index = records.indexOf(seq);
      if (index >= 0 && !inventory.repairs.has(key) && (await this.#isRepaired(store, key))) records.splice(index, 1);
    }
  }

  /** What a record explains is said; what none explains is an alteration. */
  async findings(store: EvidenceStore): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const { key, sha256: digest } of this.#repaired.values()) {
      const says = `${key} (SHA-256 ${digest}) was written by somebody else, as a record of the stream system says. Tocsin’s own is ${repairKey(key)}, or was never needed.`;
      findings.push({ severity: 'incomplete', code: 'foreign-object', stream: streamOf(key), seq: null, key, says });
    }
    for (const key of this.#used) {
      if (await this.#isRepaired(store, key)) continue;
      const says = `${repairKey(key)} stands in for ${key}, but no record of the stream system says that somebody else wrote what lies there.`;
      findings.push({ severity: 'altered', code: 'repair-unexplained', stream: streamOf(key), seq: null, key, says });
    }
    return findings;
  }

  async #isRepaired(store: EvidenceStore, key: string): Promise<boolean> {
    const repaired = this.#repaired.get(key);
    if (repaired === undefined) return false;
    const bytes = await store.get(key);
    return bytes !== null && sha256(bytes) === repaired.sha256;
  }
}
