import type { Json } from '../state.ts';

/** One call of the Web API, a response URL (`response_url`) or an upload (`upload`). */
export interface Call {
  seq: number;
  /** Milliseconds of the workspace's time. */
  time: number;
  method: string;
  /** Without the token. */
  args: Json;
  /** HTTP status as sent; 0 when the connection was cut. */
  status: number;
  /** Whether it changed anything: false for refused calls and those a fault kept away. */
  applied: boolean;
  response: Json;
}

const kept = 20_000;

export interface CallLog {
  add(call: Omit<Call, 'seq'>): void;
  list(method?: string): Call[];
}

export function createCallLog(onCall: (call: Call) => void): CallLog {
  const calls: Call[] = [];
  let seq = 0;
  return {
    add(call) {
      const entry = { seq: ++seq, ...call };
      calls.push(entry);
      if (calls.length > kept) calls.shift();
      onCall(entry);
    },
    list: (method) => calls.filter((call) => method === undefined || call.method === method),
  };
}
