import { TocsinError } from '../domain/errors.ts';
import { type Anchor, parseAnchor } from '../evidence/log.ts';

/** The value of `--anchor`; `null` when it was not given. @throws TocsinError `usage` */
export function anchorOf(text: string | undefined): Anchor | null {
  if (text === undefined) return null;
  const anchor = parseAnchor(text);
  if (anchor === null) throw new TocsinError('usage', `"${text}" is no anchor. It looks like 42:<64 hex digits>, as Slack shows it.`);
  return anchor;
}
