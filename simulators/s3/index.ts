export { Bucket, type Content, type Retention, type StoredVersion } from './bucket.ts';
export { type CopySource, parseSource } from './copy.ts';
export { S3Error } from './error.ts';
export { FAULTS, type Fault } from './faults.ts';
export { parseAddress, type S3Answer, type S3Request } from './http.ts';
export { S3Simulator, type S3SimulatorOptions } from './simulator.ts';
export { errorAnswer, type Handler, operationOf, S3Store } from './store.ts';
export { document, elementsOf, textOf, type Xml } from './xml.ts';
