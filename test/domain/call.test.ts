import { describe, expect, test } from '@jest/globals';
import { callOf, isCallTemplate } from '../../src/domain/incident/call.ts';
import { codeOf } from './helpers/code-of.ts';
import { declared, joan } from './helpers/incidents.ts';

describe('The link to the call', () => {
  test('is the service’s, until somebody sets another for the incident or takes it away', () => {
    const life = declared('P1');
    const link = () => callOf(life.incident, 'https://meet.example.com/{service}/{id}');
    expect(link()).toBe('https://meet.example.com/aureus/inc-2026-0001');
    expect(callOf(life.incident, null)).toBeNull();
    life.ask({ type: 'change-call', url: 'https://example.com/other room' });
    expect(link()).toBe('https://example.com/other%20room');
    expect(life.ask({ type: 'change-call', url: 'https://example.com/other%20room' })).toEqual([]);
    life.ask({ type: 'change-call', url: null });
    expect(link()).toBeNull();
  });

  test.each([
    ['http://example.com', 'not-a-link'],
    ['meet.example.com', 'not-a-link'],
    ['javascript:alert(1)', 'not-a-link'],
    ['https://ada:secret@example.com', 'not-a-link'],
    [`https://example.com/${'x'.repeat(500)}`, 'not-a-link'],
    ['https://zoom.example.com/j/123?pwd=abc', 'link-secret'],
    ['https://example.com/?access_token=abc', 'link-secret'],
    ['https://example.com/?accessToken=abc', 'link-secret'],
    ['https://example.com/room#pwd=abc', 'link-secret'],
  ])('%s is refused as %s', (url, code) => {
    expect(codeOf(() => declared('P1').ask({ type: 'change-call', url }))).toBe(code);
  });

  test('cannot end the markup that it stands in', () => {
    const life = declared('P1');
    life.ask({ type: 'change-call', url: 'https://example.com/a|b><!channel>' });
    expect(life.incident.call).not.toMatch(/[<>|]/);
  });

  test('is set by responders and by those who were called', () => {
    expect(codeOf(() => declared('P1').ask({ type: 'change-call', url: 'https://example.com' }, joan))).toBe('role-needed');
  });

  test.each([
    ['https://meet.example.com/{id}', true],
    ['https://zoom.us/j/1?pwd=abc', true],
    ['https://meet.example.com/{room}', false],
    ['http://meet.example.com', false],
    ['meet', false],
  ])('%s in the settings: %s', (template, taken) => {
    expect(isCallTemplate(template)).toBe(taken);
  });
});
