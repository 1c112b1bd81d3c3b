import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Bucket } from './bucket.ts';
import { S3Error } from './error.ts';
import { type Fault, Faults } from './faults.ts';
import { checkSigned, parseAddress, readRequest, type S3Answer, type S3Request } from './http.ts';
import { listObjects, listVersions } from './listing.ts';
import { deleteObject, getObject, getTags, putObject } from './objects.ts';
import { document, textOf } from './xml.ts';

export interface S3SimulatorOptions {
  readonly port?: number;
  readonly host?: string;
  readonly buckets?: Readonly<Record<string, ConstructorParameters<typeof Bucket>[0]>>;
  /** Keys in one page of a listing; S3 has 1,000. */
  readonly pageSize?: number;
  /** Takes If-None-Match and does not honour it, as some other stores do. */
  readonly ignoreConditions?: boolean;
}

type Handler = (bucket: Bucket, request: S3Request) => S3Answer;

/** Sub-resources and parameters that change nothing here. */
const HARMLESS = new Set(['x-id', 'encoding-type', 'fetch-owner', 'delimiter']);

/**
 * A small and strict S3: objects with versions, tags and checksums, conditional writes, listings, versioning and Object Lock settings.
 * What it does not know it refuses as not implemented. Path-style addresses; requests must be signed. `faults` go wrong on demand.
 */
export class S3Simulator {
  readonly faults = new Faults();
  readonly buckets: Map<string, Bucket>;
  /** Method and key of each request, in order, for tests. */
  readonly requests: { readonly method: string; readonly key: string }[] = [];
  readonly #options: S3SimulatorOptions;
  readonly #server: Server;

  private constructor(options: S3SimulatorOptions) {
    this.#options = options;
    this.buckets = new Map(Object.entries(options.buckets ?? {}).map(([name, settings]) => [name, new Bucket(settings)]));
    this.#server = createServer((message, response) => void this.#serve(message, response));
  }

  static async start(options: S3SimulatorOptions = {}): Promise<S3Simulator> {
    const simulator = new S3Simulator(options);
    await new Promise<void>((resolve) => simulator.#server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve));
    return simulator;
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = message.method ?? 'GET';
    try {
      const { key } = parseAddress(message.url ?? '/');
      this.requests.push({ method, key });
      const fault = this.faults.take(method, key);
      if (fault?.kind === 'reset') {
        message.socket.resetAndDestroy();
        return;
      }
      const answer = await this.#answer(message, fault);
      if (fault?.kind === 'silence') return;
      if (fault?.kind === 'lost-answer') message.socket.resetAndDestroy();
      else send(response, method, answer, fault?.kind === 'torn-body');
    } catch (error) {
      // A client that hung up in the middle of its request: nobody is there to be told.
      message.socket.destroy(error instanceof Error ? error : undefined);
    }
  }

  async #answer(message: IncomingMessage, fault: Fault | null): Promise<S3Answer> {
    try {
      const request = await readRequest(message);
      checkSigned(request);
      if (fault?.kind === 'status') throw new S3Error(fault.status, fault.code, 'Injected by the simulator.');
      if (fault?.kind === 'silence') return { status: 200, headers: {}, body: '' };
      return this.#route(request);
    } catch (error) {
      if (error instanceof S3Error) return errorAnswer(error);
      throw error;
    }
  }

  #route(request: S3Request): S3Answer {
    const operation = operationOf(request);
    if (operation === 'PUT bucket') {
      if (this.buckets.has(request.bucket))
        throw new S3Error(409, 'BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded and you already own it.');
      this.buckets.set(
        request.bucket,
        new Bucket({ lock: request.headers['x-amz-bucket-object-lock-enabled'] === 'true' ? { retention: null } : null }),
      );
      return { status: 200, headers: { location: `/${request.bucket}` }, body: '' };
    }
    const bucket = this.buckets.get(request.bucket);
    if (bucket === undefined) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
    const handler = this.#handlers[operation];
    if (handler === undefined) throw new S3Error(501, 'NotImplemented', `${operation} is not implemented.`);
    return handler(bucket, request);
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    'HEAD bucket': () => ({ status: 200, headers: {}, body: '' }),
    'GET bucket ?list-type': (bucket, request) => listObjects(bucket, request.bucket, request, this.#pageSize()),
    'GET bucket ?versions': (bucket, request) => listVersions(bucket, request.bucket, request, this.#pageSize()),
    'GET bucket ?versioning': getVersioning,
    'PUT bucket ?versioning': putVersioning,
    'GET bucket ?object-lock': getObjectLock,
    'PUT bucket ?object-lock': putObjectLock,
    'PUT object': (bucket, request) => putObject(bucket, request, { ignoreConditions: this.#options.ignoreConditions ?? false }),
    'GET object': getObject,
    'HEAD object': getObject,
    'GET object ?tagging': getTags,
    'DELETE object': deleteObject,
  };

  #pageSize(): number {
    return this.#options.pageSize ?? 1_000;
  }
}

const SUBRESOURCES = ['list-type', 'versions', 'versioning', 'object-lock', 'tagging'];
const PARAMETERS = new Set([
  'prefix',
  'continuation-token',
  'start-after',
  'max-keys',
  'key-marker',
  'version-id-marker',
  'versionId',
  ...SUBRESOURCES,
  ...HARMLESS,
]);

/** `PUT object`, `GET bucket ?versions`: what is asked for. A parameter that is not known here is part of it, so that no handler is found. */
function operationOf(request: S3Request): string {
  const names = [...request.query.keys()];
  const special = names.find((name) => SUBRESOURCES.includes(name) || !PARAMETERS.has(name));
  return `${request.method} ${request.key === '' ? 'bucket' : 'object'}${special === undefined ? '' : ` ?${special}`}`;
}

function getVersioning(bucket: Bucket): S3Answer {
  return { status: 200, headers: {}, body: document('VersioningConfiguration', bucket.versioned ? [['Status', 'Enabled']] : []) };
}

function putVersioning(bucket: Bucket, request: S3Request): S3Answer {
  const status = textOf(request.body.toString('utf8'), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended')
    throw new S3Error(400, 'MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
  if (status === 'Suspended' && bucket.lock !== null)
    throw new S3Error(
      409,
      'InvalidBucketState',
      'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
    );
  bucket.versioned = status === 'Enabled';
  return { status: 200, headers: {}, body: '' };
}

function getObjectLock(bucket: Bucket): S3Answer {
  if (bucket.lock === null)
    throw new S3Error(404, 'ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket');
  const { retention } = bucket.lock;
  const rule =
    retention === null
      ? []
      : ([
          [
            'Rule',
            [
              [
                'DefaultRetention',
                [
                  ['Mode', retention.mode],
                  ['Days', retention.days],
                ],
              ],
            ],
          ],
        ] as const);
  return { status: 200, headers: {}, body: document('ObjectLockConfiguration', [['ObjectLockEnabled', 'Enabled'], ...rule]) };
}

function putObjectLock(bucket: Bucket, request: S3Request): S3Answer {
  if (!bucket.versioned)
    throw new S3Error(409, 'InvalidBucketState', 'Versioning must be Enabled on the bucket to apply a Object Lock configuration');
  const xml = request.body.toString('utf8');
  const [mode, days] = [textOf(xml, 'Mode'), textOf(xml, 'Days')];
  bucket.lock = { retention: mode === 'GOVERNANCE' || mode === 'COMPLIANCE' ? { mode, days: Number(days) } : null };
  return { status: 200, headers: {}, body: '' };
}

function errorAnswer(error: S3Error): S3Answer {
  const content = [
    ['Code', error.code],
    ['Message', error.message],
    ['RequestId', 'SIMULATED'],
    ['HostId', 'simulator'],
  ] as const;
  return {
    status: error.status,
    headers: { 'content-type': 'application/xml', ...error.headers },
    body: document('Error', content, { namespace: false }),
  };
}

function send(response: ServerResponse, method: string, answer: S3Answer, torn: boolean): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length, 'x-amz-request-id': 'SIMULATED' });
  if (method === 'HEAD') response.end();
  else if (torn) response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.resetAndDestroy());
  else response.end(body);
}
