import { z } from 'zod';
import { anyJson, orLate } from '../shared/fields.ts';

/** An absolute path with its query, below the target's own path. */
export const path = z.string().regex(/^\/[^\s#\p{Cc}]*$/u, 'expected a path that begins with a slash, without blanks');

export const latePath = orLate(path);

/** Names and values of headers; line breaks would smuggle in others. `Authorization` comes from the target's token_env, never from a runbook. */
export const headers = z.record(
  z
    .string()
    .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'expected the name of a header')
    .refine((name) => !/^(authorization|cookie|proxy-authorization)$/i.test(name), {
      error: 'secrets come from the target (token_env), not from a runbook',
    }),
  z.string().regex(/^[^\r\n\0]*$/, 'expected a value without line breaks'),
);

export const body = anyJson;
