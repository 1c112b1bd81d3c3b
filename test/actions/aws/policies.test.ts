import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { denials, judge, statementsOf } from '../../../src/actions/aws/policies.ts';
import { matchesWildcard } from '../../../src/actions/aws/wildcard.ts';
import type { Json } from '../../../src/domain/record.ts';

const GET = { action: 's3:GetObject', resource: 'arn:aws:s3:::kb/a.md', keys: {} };
const policy = (...statements: Json[]): Json => ({ Version: '2012-10-17', Statement: statements });
const allow = (more: object = {}): Json => ({ Effect: 'Allow', Action: 's3:Get*', Resource: 'arn:aws:s3:::kb/*', ...more });
const deny = (more: object = {}): Json => ({ Sid: 'Lock', Effect: 'Deny', Action: 's3:*', Resource: '*', ...more });

function judged(document: Json, request: Parameters<typeof judge>[1] = GET): string {
  const { allowed, denied } = judge(statementsOf(document) ?? [], request);
  return denied ? 'denied' : allowed;
}

describe('policies judged from their documents', () => {
  test.each<[string, Json, string]>([
    ['nothing', policy(), 'no'],
    ['an allow', policy(allow()), 'yes'],
    ['any case in actions', policy(allow({ Action: ['S3:getobject'] })), 'yes'],
    ['another resource', policy(allow({ Resource: 'arn:aws:s3:::other/*' })), 'no'],
    ['NotAction', policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }), 'yes'],
    ['NotResource', policy({ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::kb/*' }), 'no'],
    ['a deny wins', policy(allow(), deny()), 'denied'],
    ['a deny elsewhere', policy(allow(), deny({ Resource: 'arn:aws:s3:::other/*' })), 'yes'],
    ['a condition nobody knows', policy(allow({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })), 'maybe'],
    ['a deny with one', policy(allow(), deny({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })), 'maybe'],
    ['one statement without a list', { Statement: allow() }, 'yes'],
  ])('%s', (_name, document, expected) => {
    expect(judged(document)).toBe(expected);
  });

  test.each<[Json, string]>([
    [{ Service: 'qbusiness.amazonaws.com' }, 'yes'],
    [{ Service: ['ec2.amazonaws.com', 'qbusiness.amazonaws.com'] }, 'yes'],
    [{ Service: 'ec2.amazonaws.com' }, 'no'],
    ['*', 'yes'],
    [{ AWS: '*' }, 'no'],
  ])('a trust policy for %j', (Principal, expected) => {
    const trust = policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', Condition: { StringEquals: { 'aws:SourceAccount': '1' } } });
    const request = { action: 'sts:AssumeRole', resource: '*', principal: { kind: 'Service' as const, name: 'qbusiness.amazonaws.com' } };
    expect(judged(trust, { ...request, keys: { 'aws:SourceAccount': '1' } })).toBe(expected);
    expect(judged(trust, { ...request, keys: { 'aws:SourceAccount': '2' } })).toBe('no');
    expect(judged(trust, { ...request, keys: {} })).toBe(expected === 'yes' ? 'maybe' : 'no');
  });

  test('a bucket’s policy may name the account, and its denials are named', () => {
    const principal = { kind: 'AWS' as const, name: 'arn:aws:iam::123456789012:role/reader' };
    expect(judged(policy(allow({ Principal: { AWS: 'arn:aws:iam::123456789012:root' } })), { ...GET, principal })).toBe('yes');
    const statements =
      statementsOf(
        policy(deny({ Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }), deny({ Sid: 'Mine', Principal: '*' })),
      ) ?? [];
    expect(denials(statements, { ...GET, principal, keys: { 'aws:SecureTransport': 'true' } })).toEqual([{ name: 'Mine', surely: true }]);
  });

  test('what is no policy is not understood', () => {
    expect(statementsOf({ Statement: [{ Effect: 'Perhaps' }] })).toBeNull();
    expect(statementsOf(null)).toEqual([]);
  });
});

describe('wildcards', () => {
  test.each([
    ['*', '', true],
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*c', 'acb', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['arn:aws:sts::*:assumed-role/ci-*', 'arn:aws:sts::1:assumed-role/ci-main/run', true],
    ['*a*b*', 'xxaxxbxx', true],
    ['', 'a', false],
  ])('%s against %s', (pattern, text, expected) => {
    expect(matchesWildcard(pattern, text)).toBe(expected);
  });

  test('property: the same as the regular expression that it stands for', () => {
    const some = (letters: string[]) => fc.array(fc.constantFrom(...letters), { maxLength: 12 }).map((list) => list.join(''));
    fc.assert(
      fc.property(some(['a', 'b', '*', '?']), some(['a', 'b']), (pattern, text) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text);
        expect(matchesWildcard(pattern, text)).toBe(expected);
      }),
    );
  });

  test('what would make a regular expression run for ever takes no time', () => {
    expect(matchesWildcard('*a'.repeat(30), 'a'.repeat(5_000))).toBe(true);
    expect(matchesWildcard(`${'*a'.repeat(30)}b`, 'a'.repeat(5_000))).toBe(false);
  });
});
