import { z } from 'zod';

const schema = z.object({
  spec: z.object({
    containers: z.array(z.object({ ports: z.array(z.object({ name: z.string().optional(), containerPort: z.number().int() })).default([]) })),
  }),
});

/** The ports of a pod's containers by name. The API server's proxy to a pod takes numbers only. */
export function podPorts(pod: unknown): ReadonlyMap<string, number> {
  const ports = schema.parse(pod).spec.containers.flatMap((container) => container.ports);
  return new Map(ports.flatMap((port) => (port.name === undefined ? [] : [[port.name, port.containerPort] as const])));
}
