import type { QBusiness } from '../../ports/qbusiness.ts';
import type { Link } from './link.ts';
import { chatOf } from './qbusiness-chat.ts';
import { indexOf } from './qbusiness-index.ts';
import { sourcesOf } from './qbusiness-sources.ts';

/** Amazon Q Business (API reference 2023-11-27). */
export function qbusinessOf(link: Link): QBusiness {
  return { ...chatOf(link), ...sourcesOf(link), ...indexOf(link) };
}
