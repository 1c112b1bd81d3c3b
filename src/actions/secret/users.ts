import { z } from 'zod';

const source = z.object({ secretRef: z.object({ name: z.string().optional() }).optional() });
const variable = z.object({
  valueFrom: z.object({ secretKeyRef: z.object({ name: z.string().optional(), key: z.string() }).optional() }).optional(),
});
const container = z.object({ envFrom: z.array(source).default([]), env: z.array(variable).default([]) });

const schema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.array(container).default([]),
        initContainers: z.array(container).default([]),
        volumes: z
          .array(
            z.object({
              secret: z.object({ secretName: z.string().optional() }).optional(),
              projected: z
                .object({ sources: z.array(z.object({ secret: z.object({ name: z.string().optional() }).optional() })).default([]) })
                .optional(),
            }),
          )
          .default([]),
      }),
    }),
  }),
});

/** Whether the pods of a workload get a key of a Secret: as a variable, with all others, or in a volume. */
export function usesSecret(workload: unknown, secret: string, key: string): boolean {
  const parsed = schema.safeParse(workload);
  if (!parsed.success) return false;
  const { containers, initContainers, volumes } = parsed.data.spec.template.spec;
  const inVariables = [...containers, ...initContainers].some(
    (one) =>
      one.envFrom.some((from) => from.secretRef?.name === secret) ||
      one.env.some(({ valueFrom }) => valueFrom?.secretKeyRef?.name === secret && valueFrom.secretKeyRef.key === key),
  );
  return (
    inVariables ||
    volumes.some((volume) => volume.secret?.secretName === secret || volume.projected?.sources.some((from) => from.secret?.name === secret) === true)
  );
}
