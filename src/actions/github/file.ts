import { createHash } from 'node:crypto';
import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { ago, fileField, integer, iso, short, subject } from './fields.ts';
import { fileAt, fileOf, headOf, onFile, permissions } from './place.ts';

const input = z.strictObject({
  target: fileField,
  ref: z.string().min(1).optional().describe('A branch or a commit; the branch of the target unless told'),
});
const output = z.strictObject({
  path: z.string(),
  ref: z.string(),
  sha: z.string().describe('The commit that it was read at'),
  bytes: integer,
  sha256: z.string().describe('Of the bytes, hex'),
  is_json: z.boolean(),
  json: z.json().describe('The content when it is JSON, else null'),
  commit: z.string().describe('The newest commit that touched it'),
  author: z.string(),
  at: z.string(),
  message: z.string(),
});

const NEEDS = permissions(['contents', 'read']);

/** VO-06: the source of truth. */
export const githubFile = readAction({
  name: 'github.file',
  about: 'Reads a file of a repository: its content, its digest, and who changed it last.',
  input,
  output,
  ...onFile(NEEDS),
  async run({ target, ref: asked }, context) {
    const place = fileAt(context, target);
    const { github, path } = place;
    const ref = asked ?? (await place.branch());
    // By the commit and not by the branch, so that content and history are of the same moment.
    const sha = asked === undefined ? await headOf(place, ref) : ((await github.commit(ref))?.sha ?? ref);
    const [now, file, commits] = await Promise.all([context.now(), fileOf(place, path, sha), github.commits({ ref: sha, path, limit: 1 })]);
    const content = Buffer.from(file.bytes).toString('utf8');
    const json = path.endsWith('.json') ? jsonIn(content) : undefined;
    const last = commits[0];
    const changed =
      last === undefined ? '' : `, last changed ${ago(last.at, now)} ago by ${last.author} (${short(last.sha)} ${subject(last.message)})`;
    return {
      output: {
        path,
        ref,
        sha,
        bytes: file.bytes.length,
        sha256: createHash('sha256').update(file.bytes).digest('hex'),
        is_json: json !== undefined,
        json: json ?? null,
        commit: last?.sha ?? '',
        author: last?.author ?? '',
        at: iso(last?.at ?? 0),
        message: last?.message ?? '',
      },
      summary: `${path} at ${short(sha)}: ${plural(file.bytes.length, 'byte')}${path.endsWith('.json') && json === undefined ? ', no valid JSON' : ''}${changed}`,
      text: { name: path.split('/').at(-1) ?? path, content },
    };
  },
});

/** `undefined` when it is none. */
function jsonIn(text: string): z.infer<ReturnType<typeof z.json>> | undefined {
  try {
    return z.json().parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
