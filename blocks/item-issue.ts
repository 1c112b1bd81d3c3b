import type { IssueFacts, WrittenIssue } from '../src/domain/incident/tracking.ts';
import { clamp } from '../src/lib/clamp.ts';
import { plain, readable } from './text.ts';

/** An action item as people read it where work is tracked (VQ-22): of a private incident without what that is about. */
export function issueOfItem({ incident, item, room }: IssueFacts): WrittenIssue {
  const { id, severity, serviceName, title, private: isPrivate } = incident;
  const { number, text, due, priority } = item;
  const of = `Action item ${number} of ${id}`;
  const about = isPrivate ? `${of}, a private incident.` : `${of}, ${severity} of ${plain(serviceName)}: ${plain(title)}`;
  const terms = [...(priority === undefined ? [] : [`Priority: ${priority}`]), ...(due === undefined ? [] : [`Due: ${due}`])];
  return {
    title: clamp(plain(text), 200),
    paragraphs: [
      readable(text),
      about,
      ...(terms.length === 0 ? [] : [terms.join('\n')]),
      ...(isPrivate ? [] : [`The incident in Slack: ${room}`]),
      'When this issue is closed, the action item is done in Slack too.',
    ],
  };
}
