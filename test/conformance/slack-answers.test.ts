import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { methods } from '../../simulators/slack/api/registry.ts';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import { allScopes, bot, seed } from '../../simulators/test/slack/seed.ts';
import { ROOT } from '../docs/files.ts';
import { run } from './helpers/program.ts';
import { attempts } from './slack/attempts.ts';

type Answer = Readonly<Record<string, unknown>> & { readonly ok: boolean };

/** Different answers of one method that are looked at. */
const MOST = 12;

let folder: string;
let simulator: SlackSimulator | undefined;

beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'slack-answers-'))));
afterAll(async () => {
  await simulator?.close();
  rmSync(folder, { recursive: true });
});

async function call(method: string, args: Readonly<Record<string, unknown>>): Promise<Answer> {
  const token = methods.get(method)?.token === 'app' ? bot.appToken : bot.token;
  const response = await fetch(`${simulator?.apiUrl}${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(args),
  });
  return (await response.json()) as Answer;
}

/** `ChatPostMessageResponse`: what the SDK calls the answer of a method. */
function typeOf(method: string): string {
  return `${method
    .split('.')
    .map((part) => `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`)
    .join('')}Response`;
}

/** The SDK's types were made of answers that Slack gave: they know no `null`, and not all that its reference documents of users and messages. */
function told(name: string, value: unknown): unknown {
  return value === null || ['is_stranger', 'client_msg_id'].includes(name) ? undefined : value;
}

async function answersOf(method: string): Promise<readonly Answer[]> {
  await simulator?.close();
  simulator = await startSlackSimulator({ seed: seed({ bot: { ...bot, scopes: [...allScopes, 'chat:write.customize'] } }) });
  const answers = new Map<string, Answer>();
  for (const args of await attempts(method, simulator, call)) {
    const answer = await call(method, args);
    if (answer.ok) answers.set(Object.keys(answer).sort().join(), answer);
    if (answers.size === MOST) break;
  }
  return [...answers.values()];
}

test('every answer is of the type that Slack’s own SDK has for it, without members that it does not know', async () => {
  const lines: string[] = [];
  const types: string[] = [];
  for (const method of methods.keys()) {
    types.push(typeOf(method));
    for (const answer of await answersOf(method))
      lines.push(`export const of${lines.length}: Strict<${typeOf(method)}> = ${JSON.stringify(answer, told)};`);
  }
  // Answers take any other member: what is known of each is held against the rest.
  const head = [
    `import type { ${types.join(', ')} } from '@slack/web-api';`,
    'type Strict<T> = { [K in keyof T as string extends K ? never : K]: T[K] } & { warning?: string; not_in_channel?: boolean };',
  ];
  writeFileSync(join(folder, 'answers.ts'), [...head, ...lines].join('\n'));
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: 'nodenext',
    target: 'es2022',
    types: [],
    paths: { '@slack/web-api': [join(ROOT, 'node_modules/@slack/web-api/dist/index.d.ts')] },
  };
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['answers.ts'] }));
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const compiled = await run(process.execPath, [compiler, '-p', folder], { environment: {}, install: 'npm ci' });
  const place = /^.*answers\.ts\((\d+),\d+\): error /gm;
  const said = compiled.stdout.replaceAll(place, (_, line: string) => `${lines[Number(line) - 1 - head.length]?.slice(0, 70)}: `);
  // Of an enum TypeScript wants its own member, which the text in an answer is not. What a tab of a channel shows is in Slack's answers, and not in its SDK.
  const known = /TS2322: Type '"\w+"' is not assignable to type '\w+ \| undefined'|'"data"' does not exist in type 'Tab'/;
  expect(said.split('\n').filter((line) => line !== '' && !known.test(line))).toEqual([]);
  expect(lines.length).toBeGreaterThan(methods.size);
});
