import { describe, expect, test } from '@jest/globals';
import { planModal } from '../../blocks/plan.ts';
import { COMMANDS } from '../../commands/registry.ts';
import { assertMayFill, FORM_ASKS } from '../../src/slack/receive/forms.ts';
import { ChangeLife, commander, PLAN, security } from '../blocks/helpers/changes.ts';
import { joan } from '../domain/helpers/incidents.ts';

function waiting(): ChangeLife {
  const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Enable policy bypass', text: 'why', many: 1 });
  life.request();
  life.plan();
  return life;
}

describe('Before a form opens', () => {
  test('every form of the commands is known', () => {
    const forms = COMMANDS.flatMap(({ views }) => Object.keys(views));
    expect(Object.keys(FORM_ASKS).sort()).toEqual(forms.sort());
  });

  test('what its answer would be refused for is refused: the role, and where the plan stands', () => {
    const life = waiting();
    const open = (id: string, by = commander) => assertMayFill(planModal(id, 'T', 'S', life.incident, life.current, ''), life.incident, by, life.at);
    expect(() => open('plan.reject')).not.toThrow();
    expect(() => open('plan.reject', joan)).toThrow('Rejecting');
    expect(() => open('plan.revert')).toThrow('is not in force');
    expect(() => open('plan.extend')).toThrow('does not revert by itself');
    expect(() => open('plan.keep')).toThrow('needs no decision');
    life.ask({ type: 'approve', plan: PLAN }, security);
    expect(() => open('plan.withdraw')).toThrow('can no longer be withdrawn');
    expect(() => open('plan.reject')).toThrow('can no longer be decided');
  });

  test('the state of the incident', () => {
    const life = waiting();
    const open = (id: string, by = commander) =>
      assertMayFill({ type: 'modal', callback_id: id, title: { type: 'plain_text', text: '' }, blocks: [] }, life.incident, by, life.at);
    expect(() => open('incident.reopen')).toThrow('already open');
    for (const id of ['incident.severity', 'incident.status', 'incident.snooze', 'incident.update', 'incident.resolve']) {
      expect(() => open(id)).not.toThrow();
      expect(() => open(id, joan)).toThrow('needs the role');
    }
    life.ask({ type: 'resolve', summary: 'done', voids: true }, commander);
    for (const id of ['incident.severity', 'incident.status', 'incident.snooze', 'incident.update', 'incident.resolve', 'incident.escalate'])
      expect(() => open(id)).toThrow('/incident reopen');
    expect(() => open('incident.reopen')).not.toThrow();
    expect(() => open('incident.note', joan)).not.toThrow();
  });
});
