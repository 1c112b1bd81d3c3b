import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StoredRecord } from '../../../src/domain/record.ts';
import { canonicalBytes } from '../../../src/evidence/json.ts';
import { packPrefix, publicKeyKey } from '../../../src/evidence/layout.ts';
import { encodeRecord, readRecord } from '../../../src/evidence/record.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { Signer } from '../../../src/ports/evidence.ts';
import { VICTIM } from './audited.ts';

/** Ways to touch a copy of the evidence as somebody with the disk can. */
export class Copy {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  path(key: string): string {
    return join(this.directory, key);
  }

  read(key: string): Promise<Buffer> {
    return readFile(this.path(key));
  }

  async write(key: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.path(key)), { recursive: true });
    await writeFile(this.path(key), content);
  }

  async erase(...keys: string[]): Promise<void> {
    for (const key of keys) await rm(this.path(key), { recursive: true });
  }

  async flip(key: string): Promise<void> {
    const bytes = await this.read(key);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] as number) ^ 1;
    await this.write(key, bytes);
  }

  async copy(from: string, to: string): Promise<void> {
    await mkdir(dirname(this.path(to)), { recursive: true });
    await cp(this.path(from), this.path(to), { recursive: true });
  }

  async swap(one: string, other: string): Promise<void> {
    const [first, second] = [await this.read(one), await this.read(other)];
    await this.write(one, second);
    await this.write(other, first);
  }

  async editRecord(key: string, change: (record: StoredRecord) => StoredRecord): Promise<void> {
    await this.write(key, encodeRecord(change(readRecord(await this.read(key)))).bytes);
  }

  /** Changes a pack's file and signs the pack anew; the key goes into the store if it is not there. */
  async forgePack(
    signer: Signer,
    change: { readonly [path: string]: string | null },
    options: { number?: number; manifest?: object } = {},
  ): Promise<void> {
    const prefix = packPrefix(VICTIM, options.number ?? 1);
    const manifest = JSON.parse((await this.read(`${prefix}manifest.json`)).toString()) as {
      files: { path: string; sha256: string; size: number }[];
    };
    const files = new Map(manifest.files.map((file) => [file.path, file]));
    for (const [path, content] of Object.entries(change)) {
      if (content === null) {
        files.delete(path);
        await this.erase(prefix + path);
        continue;
      }
      await this.write(prefix + path, content);
      files.set(path, { path, sha256: sha256(Buffer.from(content)), size: Buffer.byteLength(content) });
    }
    const bytes = canonicalBytes({ ...manifest, key_id: signer.keyId, files: [...files.values()], ...options.manifest });
    await this.write(`${prefix}manifest.json`, bytes);
    await this.write(`${prefix}manifest.json.sig`, await signer.sign(bytes));
    await this.write(publicKeyKey(signer.keyId), signer.publicKeyPem);
  }
}
