/** What a payload is, by the ids that it carries. Nothing is decided by how that reads. */
export type Origin =
  | { readonly kind: 'command'; readonly command: string; readonly subcommand: string }
  | { readonly kind: 'button'; readonly action: string }
  | { readonly kind: 'form'; readonly callback: string }
  | { readonly kind: 'shortcut'; readonly callback: string }
  | { readonly kind: 'reaction'; readonly emoji: string }
  | { readonly kind: 'home' };

/** The action of the menu that asks which incident is meant. */
export const PICK = 'incident.pick';

/** What is logged and recorded: `/incident note`, `button incident.ack`. Records keep it: never change it. */
export function nameOf(origin: Origin): string {
  switch (origin.kind) {
    case 'command':
      return `${origin.command} ${origin.subcommand}`;
    case 'button':
      return `button ${origin.action}`;
    case 'form':
      return `form ${origin.callback}`;
    case 'shortcut':
      return `shortcut ${origin.callback}`;
    case 'reaction':
      return `reaction ${origin.emoji}`;
    case 'home':
      return 'home';
  }
}
