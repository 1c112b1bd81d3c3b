import type { Repository } from '../world/state.ts';

/** Where the pages and the API of the real thing are: answers name them as GitHub does. */
export const WEB = 'https://github.com';
export const API = 'https://api.github.com';

/** When accounts, teams and Apps were made: nobody asks. */
export const LONG_AGO = '2020-01-01T00:00:00Z';

/** A time as GitHub writes it: UTC, whole seconds. */
export function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function nodeId(kind: string, id: number | string): string {
  return `${kind}_${Buffer.from(String(id)).toString('base64url')}`;
}

export function fullName(repository: Pick<Repository, 'owner' | 'name'>): string {
  return `${repository.owner}/${repository.name}`;
}

export function apiUrl(repository: Repository, path: string): string {
  return `${API}/repos/${fullName(repository)}${path}`;
}

export function webUrl(repository: Repository, path: string): string {
  return `${WEB}/${fullName(repository)}${path}`;
}
