import { parentPort } from 'node:worker_threads';

/** Which function of which module is to be run, and on what. */
export interface Order {
  readonly module: string;
  readonly name: string;
  readonly input: unknown;
}

export type Answer = { readonly result: unknown } | { readonly error: unknown };

parentPort?.on('message', (order: Order) => {
  answer(order).then(
    (result) => parentPort?.postMessage({ result } satisfies Answer),
    (error: unknown) => parentPort?.postMessage({ error } satisfies Answer),
  );
});

async function answer({ module, name, input }: Order): Promise<unknown> {
  const loaded = (await import(module)) as Readonly<Record<string, unknown>>;
  const work = loaded[name];
  if (typeof work !== 'function') throw new TypeError(`${module} has no function ${name}.`);
  return work(input);
}
