import { escapeMarkup } from './markup.ts';

export interface HtmlHead {
  readonly title: string;
  readonly style: string;
  /** Whether it shows pictures that are in the page itself. */
  readonly pictures?: true;
  /** More lines of its head. */
  readonly more?: readonly string[];
}

/** The beginning of a page by itself, up to its `<body>`: for a browser, dark or light, without scripts, and loading nothing. */
export function htmlPageHead({ title, style, pictures, more = [] }: HtmlHead): readonly string[] {
  const policy = ["default-src 'none'", "style-src 'unsafe-inline'", ...(pictures === true ? ['img-src data:'] : [])].join('; ');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<title>${escapeMarkup(title)}</title>`,
    ...more,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
  ];
}
