import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A key and a certificate for loopback, both PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 255 ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const octets = (content: Buffer): Buffer => der(0x04, content);
const bits = (content: Buffer): Buffer => der(0x03, Buffer.from([0]), content);
const bool = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 0xff : 0]));
const utcTime = (ms: number): Buffer => der(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const COMMON_NAME = '550403';
const KEY_USAGE = '551d0f';
const ALTERNATIVE_NAMES = '551d11';
const BASIC_CONSTRAINTS = '551d13';
const SUBJECT_KEY_ID = '551d0e';

/**
 * Makes a self-signed certificate (RFC 5280) for 127.0.0.1, ::1, localhost and `hosts`, valid for ten years. kubectl sends a bearer token
 * over TLS only, so the simulator needs one.
 */
export function selfSigned(...hosts: readonly string[]): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const name = sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from('simulated-kubernetes')))));
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]);
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' });
  const names = sequence(
    ...['localhost', ...hosts].map((host) => der(0x82, Buffer.from(host))),
    der(0x87, Buffer.from([127, 0, 0, 1])),
    der(0x87, Buffer.from('00000000000000000000000000000001', 'hex')),
  );
  const extensions = sequence(
    sequence(oid(BASIC_CONSTRAINTS), bool(true), octets(sequence(bool(true)))),
    // digitalSignature and keyCertSign: the certificate is its own authority.
    sequence(oid(KEY_USAGE), bool(true), octets(der(0x03, Buffer.from([2, 0x84])))),
    sequence(oid(ALTERNATIVE_NAMES), octets(names)),
    sequence(oid(SUBJECT_KEY_ID), octets(octets(createHash('sha1').update(publicKeyInfo).digest()))),
  );
  const now = Date.now();
  const year = 365 * 86_400_000;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    name,
    sequence(utcTime(now - year), utcTime(now + 10 * year)),
    name,
    publicKeyInfo,
    der(0xa3, extensions),
  );
  const certificate = sequence(body, algorithm, bits(sign('sha256', body, privateKey)));
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pem(certificate) };
}

function pem(content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
