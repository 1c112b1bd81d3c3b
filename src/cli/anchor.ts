import { type Anchor, parseAnchor } from '../evidence/log.ts';
import { UsageError } from './command.ts';

/** The value of `--anchor`; `null` when it was not given. @throws UsageError */
export function anchorOf(text: string | undefined): Anchor | null {
  if (text === undefined) return null;
  const anchor = parseAnchor(text);
  if (anchor === null) throw new UsageError(`"${text}" is not an anchor. An anchor looks like 42:<64 hex digits>, as Slack shows it.`);
  return anchor;
}
