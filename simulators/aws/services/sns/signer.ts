import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What signs messages, with the certificate that receivers check them against. */
export interface Signer {
  /** Part of the certificate's address. */
  readonly id: string;
  readonly certificate: string;
  /** Version 1 is SHA1withRSA, version 2 SHA256withRSA; the signature is base64. */
  sign(text: string, version: '1' | '2'): string;
}

let made: Signer | undefined;

/** The signer of this process: a key takes a while to make. */
export function signer(): Signer {
  made ??= makeSigner();
  return made;
}

function makeSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = selfSigned(privateKey, publicKey);
  return {
    id: createHash('md5').update(certificate).digest('hex'),
    certificate,
    sign: (text, version) => sign(version === '1' ? 'sha1' : 'sha256', Buffer.from(text), privateKey).toString('base64'),
  };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 255 ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const SHA256_WITH_RSA = '2a864886f70d01010b';
const COMMON_NAME = '550403';
const YEAR = 365 * 86_400_000;

/** A certificate (RFC 5280) for `sns.amazonaws.com`, signed with its own key. */
function selfSigned(privateKey: KeyObject, publicKey: KeyObject): string {
  const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
  const time = (ms: number): Buffer => der(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
  const algorithm = der(0x30, oid(SHA256_WITH_RSA), der(0x05));
  const name = der(0x30, der(0x31, der(0x30, oid(COMMON_NAME), der(0x0c, Buffer.from('sns.amazonaws.com')))));
  const now = Date.now();
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    der(0x30, time(now - YEAR), time(now + 10 * YEAR)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signed = der(0x30, body, algorithm, der(0x03, Buffer.from([0]), sign('sha256', body, privateKey)));
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
