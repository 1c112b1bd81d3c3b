import type { Reply } from '../../domain/messages/messages.ts';

/** Characters of a file that a message shows in its place. */
const SHOWN = 2_500;

/** A message of Tocsin's own words, as it is stored for delivery. */
export function plainMessage(text: string): Reply {
  return { text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] };
}

/** What stands in place of a file that Slack did not take: why, and the newest lines of it. */
export function insteadOfFile(name: string, refused: string, content: Uint8Array): Reply {
  const text = new TextDecoder().decode(content).trimEnd();
  const escaped = text
    .slice(-SHOWN)
    .replace(/^[\uDC00-\uDFFF]/, '')
    .replaceAll('```', "'''");
  const lines = text.length > SHOWN ? escaped.slice(escaped.indexOf('\n') + 1) : escaped;
  const shown = lines.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').slice(-SHOWN);
  const how = text.length > SHOWN ? 'Its last lines' : 'It reads';
  const why = `:warning: The file \`${name}\` could not be posted (${refused}). The evidence has all of it. ${how}:`;
  return {
    text: `The file ${name} could not be posted (${refused}).`,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: why } },
      { type: 'section', text: { type: 'mrkdwn', text: `\`\`\`\n${shown}\n\`\`\`` } },
    ],
  };
}
