import { describe, expect, test } from '@jest/globals';
import type { KnownBlock } from '@slack/types';
import { type DiagnosisShown, diagnosisBoard, diagnosisDetails } from '../../blocks/diagnosis.ts';
import { context, section } from '../../blocks/kit.ts';
import { eventLine } from '../../blocks/room.ts';
import { dated } from '../../blocks/text.ts';
import type { IncidentRecord } from '../../src/domain/incident/events.ts';
import { declared } from '../domain/helpers/incidents.ts';

const STATEMENT = '{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::vaultmesh-knowledge-base/_docs_/*"}';
const TRUST = JSON.stringify({
  Effect: 'Allow',
  Principal: { Service: 'qbusiness.amazonaws.com' },
  Action: 'sts:AssumeRole',
  Condition: {
    StringEquals: { 'aws:SourceAccount': '123456789012' },
    ArnEquals: { 'aws:SourceArn': 'arn:aws:qbusiness:us-east-1:123456789012:application/1b2c3d4e-5f60-4711-8899-aabbccddeeff' },
  },
});
const CRON = 'cron(0 3 * * ? *)';

function board(finding: { readonly says: string; readonly exact?: readonly string[] }): DiagnosisShown {
  const step = { name: 'a', title: 'A', state: 'bad', summary: '', table: null, chart: null, file: false, ms: 1 } as const;
  return {
    incident: null,
    runbook: 'demo/trouble',
    revision: '',
    title: 'Trouble',
    by: 'U0ADA',
    steps: [step],
    findings: [{ ...finding, suggests: [] }],
    unjudged: 0,
    remedies: [],
    fills: {},
    links: [],
  };
}

function textsOf(blocks: readonly KnownBlock[]): string[] {
  return blocks.flatMap((block) => (block.type === 'section' && block.text !== undefined ? [block.text.text] : []));
}

/** What is shown as code in a text, as a person copies it. */
function copied(text: string): string[] {
  return [...text.matchAll(/```\n?([\s\S]*?)\n?```|`([^`\n]+)`/g)].map(([, block, inline]) =>
    (block ?? inline ?? '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  );
}

test('a finding that names two runbooks has a button for each and says which is which; what is named above has none again', () => {
  const shown = board({ says: 'Diagnose sync/stop if it runs, and sync/start if not.' });
  const view = { ...shown, runbook: 'sync/status', findings: [...(shown.findings ?? []), { says: 'Diagnose sync/stop.', suggests: [] }] };
  const buttons = diagnosisBoard(view).blocks.flatMap((block) =>
    block.type === 'section' && block.accessory?.type === 'button' && block.accessory.text.text === 'Diagnose'
      ? [[block.text?.text, block.accessory.value]]
      : [],
  );
  expect(buttons.map(([text]) => text)).toEqual(['`sync/stop`', '`sync/start`']);
  expect(buttons.map(([, value]) => value?.split(':').at(-1))).toEqual(['sync/stop', 'sync/start']);
});

describe('The exact parts of a finding are code, character for character', () => {
  test.each([
    ['a statement of a policy', `Add to the policy of the role docs: ${STATEMENT}`, [STATEMENT]],
    ['two statements', `Add to the policy: ${STATEMENT} Add to the trust policy: ${TRUST}`, [STATEMENT, TRUST]],
    ['a cron expression', `2 failures in a row, and the schedule ${CRON} starts the next sync.`, [CRON]],
    ['a command', 'The alarm ends by itself. Watch it with /sync watch.', ['/sync watch']],
    ['names with marks', 'Too large: _staging/a_b*.json and ~tmp~/x.', ['_staging/a_b*.json', '~tmp~/x']],
    ['the three characters that Slack escapes', 'Run a<b && c>d.', ['a<b && c>d']],
  ])('%s', (_, says, exact) => {
    const shown = board({ says, exact });
    const [conclusion = ''] = textsOf(diagnosisBoard(shown).blocks);
    expect(copied(conclusion)).toEqual(exact);
    expect(copied(diagnosisBoard(shown).text)).toEqual(exact);
  });

  test('a long statement has lines of its own and is whole although the words around it are cut', () => {
    const says = `${'The role lacks permissions. '.repeat(30)}Add: ${STATEMENT}`;
    const shown = board({ says, exact: [STATEMENT] });
    expect(textsOf(diagnosisDetails(shown).blocks).flatMap(copied)).toContain(STATEMENT);
    const [conclusion = ''] = textsOf(
      diagnosisBoard(board({ says: `Add: ${STATEMENT} ${'And more words. '.repeat(60)}`, exact: [STATEMENT] })).blocks,
    );
    expect(conclusion).toContain(`\`\`\`\n${STATEMENT}\n\`\`\``);
    expect(conclusion).toMatch(/…\*?$/);
  });

  test('what is not named as exact stays plain text, and a part of a longer word is no exact part', () => {
    const [conclusion = ''] = textsOf(diagnosisBoard(board({ says: 'docs-2 and *docs*, `/bypass`', exact: ['docs-2'] })).blocks);
    expect(copied(conclusion)).toEqual(['docs-2']);
    expect(textsOf(diagnosisBoard(board({ says: 'alldocs', exact: ['docs'] })).blocks).flatMap(copied)).toEqual([]);
  });

  test('in the room and on the timeline, too', () => {
    const record = {
      type: 'diagnosis.finished',
      actor: { kind: 'tocsin', id: 'tocsin' },
      outcome: 'done',
      data: {
        run: 'r',
        runbook: 'demo/trouble',
        revision: '',
        findings: [{ says: `Add: ${STATEMENT}`, exact: [STATEMENT], suggests: [] }],
        failed: [],
      },
    } as unknown as IncidentRecord;
    const { blocks } = eventLine(declared().incident, record);
    expect(JSON.stringify(blocks)).toContain(JSON.stringify(`\`${STATEMENT}\``).slice(1, -1));
  });
});

describe('A moment of the record is each reader’s own time', () => {
  const AT = '<!date^1795303353^{date_short}, {time}|2026-11-21 23:22 UTC>';

  test.each([
    ['Wait until 2026-11-21T23:22:33.000Z, then start it.', `Wait until ${AT}, then start it.`],
    ['Reverts at 2026-11-21T23:22:33Z.', `Reverts on ${AT}.`],
    ['(2026-11-21T23:22:33Z)', `(${AT})`],
  ])('%s', (text, shown) => {
    expect(dated(text)).toBe(shown);
    expect(section(text)).toMatchObject({ text: { text: shown } });
    expect(context(text)).toMatchObject({ elements: [{ text: shown }] });
  });

  test.each([
    '`2026-11-21T23:22:33Z`',
    '```\n2026-11-21T23:22:33Z up\n```',
    'audit/2026-11-21T23:22:33Z/local.json',
    'drift-2026-11-21T23:22:33Z.json',
    '<https://example.com/?at=2026-11-21T23:22:33Z|2026-11-21T23:22:33Z>',
    '2026-13-41T99:22:33Z',
  ])('%s stays', (text) => {
    expect(dated(text)).toBe(text);
  });
});
