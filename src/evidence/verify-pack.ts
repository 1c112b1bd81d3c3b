import { mapAhead } from './ahead.ts';
import { sha256 } from './hash.ts';
import type { StreamInventory } from './inventory.ts';
import { verifySignature } from './keys.ts';
import { packPrefix } from './layout.ts';
import { MANIFEST, MANIFEST_SIGNATURE, manifestSchema } from './pack.ts';
import type { Finding } from './report.ts';
import type { VerifyContext } from './verify-stream.ts';

const READ_AHEAD = 16;

/** Checks a stream's packs: the manifest's signature, and that exactly the files it lists are there with their digests. */
export async function verifyPacks(context: VerifyContext, inventory: StreamInventory): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [number, paths] of inventory.packs) findings.push(...(await verifyPack(context, inventory.stream, number, paths)));
  return findings;
}

async function verifyPack(context: VerifyContext, stream: string, number: number, paths: readonly string[]): Promise<Finding[]> {
  const prefix = packPrefix(stream, number);
  const find = (severity: 'altered' | 'incomplete', code: string, key: string, says: string): Finding => ({
    severity,
    code,
    stream,
    seq: null,
    key,
    says,
  });
  const bytes = await context.store.get(prefix + MANIFEST);
  const signature = await context.store.get(prefix + MANIFEST_SIGNATURE);
  if (bytes === null || signature === null)
    return [find('incomplete', 'pack-unsigned', prefix, `Pack ${number} of ${stream} has no signed manifest.`)];

  const manifest = readManifest(bytes);
  const key = manifest === null ? undefined : context.keys.get(manifest.key_id);
  const genuine =
    manifest !== null && key !== undefined && context.pinned?.has(key.keyId) !== false && (await verifySignature(key, bytes, signature));
  if (!genuine || manifest.incident_id !== stream || manifest.number !== number) {
    return [
      find('altered', 'pack-manifest', prefix + MANIFEST, `The manifest of pack ${number} of ${stream} is not the one that was signed for it.`),
    ];
  }

  const findings: Finding[] = [];
  const read = async (file: (typeof manifest.files)[number]) => ({ ...file, found: await context.store.get(prefix + file.path) });
  for await (const { path, sha256: digest, found } of mapAhead(manifest.files, READ_AHEAD, read)) {
    if (found === null) findings.push(find('altered', 'pack-file-missing', prefix + path, `Pack ${number} of ${stream} lacks ${path}.`));
    else if (sha256(found) !== digest)
      findings.push(find('altered', 'pack-file-changed', prefix + path, `${path} in pack ${number} of ${stream} is not the file that was signed.`));
  }
  const listed = new Set([...manifest.files.map((file) => file.path), MANIFEST, MANIFEST_SIGNATURE]);
  const strays = paths.filter((path) => !listed.has(path));
  return [
    ...findings,
    ...strays.map((path) =>
      find('altered', 'pack-file-added', prefix + path, `${path} is not in the signed manifest of pack ${number} of ${stream}.`),
    ),
  ];
}

function readManifest(bytes: Uint8Array) {
  try {
    return manifestSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    // Whatever it is, it is not a manifest, which the caller reports.
    return null;
  }
}
