import type { Link } from './link.ts';

export function applicationArn(link: Link, application: string): string {
  return `arn:aws:qbusiness:${link.region}:*:application/${application}`;
}

export function indexArn(link: Link, application: string, index: string): string {
  return `${applicationArn(link, application)}/index/${index}`;
}
