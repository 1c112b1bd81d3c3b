import { createVerify, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { TocsinError } from '../domain/errors.ts';
import { limiter } from './limiter.ts';

const base = {
  MessageId: z.string().min(1).max(200),
  TopicArn: z.string().min(1).max(400),
  Timestamp: z.iso.datetime(),
  /** Of a FIFO topic; such a message has no signature that is documented. */
  SequenceNumber: z.string().max(100).exactOptional(),
};
const signed = { SignatureVersion: z.enum(['1', '2']), Signature: z.base64(), SigningCertURL: z.url() };

const messageSchema = z.discriminatedUnion('Type', [
  z.object({ Type: z.literal('Notification'), Subject: z.string().nullish(), Message: z.string(), ...base, ...signed }),
  z.object({ Type: z.literal('SubscriptionConfirmation'), Message: z.string(), Token: z.string(), SubscribeURL: z.url(), ...base, ...signed }),
  z.object({ Type: z.literal('UnsubscribeConfirmation'), Message: z.string(), Token: z.string(), SubscribeURL: z.url(), ...base, ...signed }),
]);

/** A message of Amazon SNS as its HTTP endpoints get it (docs.aws.amazon.com/sns: Parsing message formats). */
export type SnsMessage = z.infer<typeof messageSchema>;

/** How long (ms) a certificate may take to be fetched, and how large (bytes) it may be. */
const CERTIFICATE_TIMEOUT = 5_000;
const MAX_CERTIFICATE = 20_000;
/** Certificates that are remembered although nothing was verified by them yet; SNS has one a region. */
const MAX_REMEMBERED = 20;
/** How many unknown ones are fetched for one sender: whoever sends made-up addresses does not make Tocsin knock at them all. */
const FETCHES = { burst: 10, perSecond: 1 };

/** Reads a message; `null` when it is none. */
export function parseSnsMessage(text: string): SnsMessage | null {
  try {
    const parsed = messageSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Whether it comes from a FIFO topic, which no HTTP endpoint can be subscribed to: somebody forwards it. */
export function isFifo({ TopicArn, SequenceNumber }: SnsMessage): boolean {
  return TopicArn.endsWith('.fifo') || SequenceNumber !== undefined;
}

/** What SNS signs: names and values on lines of their own, in this order (docs.aws.amazon.com/sns: Verifying the signatures). */
export function stringToSign(message: SnsMessage): string {
  const { Message, MessageId, Timestamp, TopicArn, Type } = message;
  const pairs: readonly (readonly [string, string | null | undefined])[] =
    message.Type === 'Notification'
      ? [
          ['Message', Message],
          ['MessageId', MessageId],
          ['Subject', message.Subject],
          ['Timestamp', Timestamp],
          ['TopicArn', TopicArn],
          ['Type', Type],
        ]
      : [
          ['Message', Message],
          ['MessageId', MessageId],
          ['SubscribeURL', message.SubscribeURL],
          ['Timestamp', Timestamp],
          ['Token', message.Token],
          ['TopicArn', TopicArn],
          ['Type', Type],
        ];
  return pairs.flatMap(([name, value]) => (value === null || value === undefined ? [] : [`${name}\n${value}\n`])).join('');
}

/**
 * Whether an address is SNS's own: https on `sns.<region>.amazonaws.com`, in the region of the topic; or of the origin that stands in
 * for Amazon Web Services by configuration (`AWS_ENDPOINT_URL`).
 */
export function isSnsAddress(address: string, topicArn: string, standIn: string | undefined): boolean {
  const url = URL.parse(address);
  if (url === null) return false;
  if (standIn !== undefined && url.origin === new URL(standIn).origin) return true;
  const region = topicArn.split(':')[3] ?? '';
  if (url.protocol !== 'https:' || url.port !== '' || url.username !== '' || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) return false;
  return url.hostname === `sns.${region}.amazonaws.com` || url.hostname === `sns.${region}.amazonaws.com.cn`;
}

/** SNS's certificates are files. Other addresses of SNS answer with what anybody has written there, such as the attributes of an endpoint. */
function isCertificate(address: string, topicArn: string, standIn: string | undefined): boolean {
  const url = URL.parse(address);
  return (
    isSnsAddress(address, topicArn, standIn) &&
    url?.search === '' &&
    url.hash === '' &&
    /^\/SimpleNotificationService-[0-9A-Za-z]+\.pem$/.test(url.pathname)
  );
}

/** Verifies messages by the certificate that they name, which is fetched from SNS only and remembered. */
export interface SnsVerifier {
  /** Whether SNS has signed it; `sender` is the address that it came from. @throws TocsinError `certificate-unavailable` when the certificate cannot be had now: let SNS try again */
  verify(message: SnsMessage, sender: string): Promise<boolean>;
}

/** `standIn`: the origin that stands in for Amazon Web Services. `now`: ms of this machine, for the certificate's dates. */
export function snsVerifier(standIn: string | undefined, now: () => number = Date.now): SnsVerifier {
  const certificates = new Map<string, Promise<X509Certificate>>();
  /** By these something was verified: no flood of forgeries pushes them out. */
  const proven = new Map<string, X509Certificate>();
  const wait = limiter({ ...FETCHES, now });

  async function certificateAt(url: string, sender: string): Promise<X509Certificate> {
    const known = proven.get(url) ?? (await certificates.get(url));
    if (known !== undefined) return known;
    if (wait(sender) > 0) throw new TocsinError('certificate-unavailable', 'Too many certificates of SNS were asked for at once.');
    if (certificates.size >= MAX_REMEMBERED) certificates.delete(certificates.keys().next().value ?? '');
    const fetched = fetchCertificate(url);
    certificates.set(url, fetched);
    fetched.catch(() => certificates.delete(url));
    return fetched;
  }

  return {
    async verify(message, sender) {
      const { SigningCertURL, TopicArn, SignatureVersion, Signature } = message;
      if (!isCertificate(SigningCertURL, TopicArn, standIn)) return false;
      const certificate = await certificateAt(SigningCertURL, sender);
      if (now() < certificate.validFromDate.getTime() || now() > certificate.validToDate.getTime()) return false;
      const verify = createVerify(SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1');
      const good = verify.update(stringToSign(message), 'utf8').verify(certificate.publicKey, Signature, 'base64');
      if (good) proven.set(SigningCertURL, certificate);
      return good;
    },
  };
}

async function fetchCertificate(url: string): Promise<X509Certificate> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(CERTIFICATE_TIMEOUT) });
    const text = await response.text();
    if (!response.ok || text.length > MAX_CERTIFICATE) throw new Error(`HTTP ${response.status}, ${text.length} bytes`);
    return new X509Certificate(text);
  } catch (cause) {
    throw new TocsinError('certificate-unavailable', 'The certificate that SNS signs with could not be fetched.', { cause });
  }
}

/** Confirms a subscription by visiting the address that SNS sent. @throws TocsinError `subscription-unconfirmed` */
export async function confirmSubscription(
  message: Extract<SnsMessage, { Type: 'SubscriptionConfirmation' }>,
  standIn: string | undefined,
): Promise<void> {
  if (!isSnsAddress(message.SubscribeURL, message.TopicArn, standIn))
    throw new TocsinError('subscription-unconfirmed', `The address to confirm ${message.TopicArn} at is not Amazon's.`);
  try {
    const response = await fetch(message.SubscribeURL, { redirect: 'error', signal: AbortSignal.timeout(CERTIFICATE_TIMEOUT) });
    await response.text();
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
  } catch (cause) {
    throw new TocsinError('subscription-unconfirmed', `The subscription to ${message.TopicArn} could not be confirmed.`, { cause });
  }
}
