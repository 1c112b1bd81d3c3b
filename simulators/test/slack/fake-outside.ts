import type { Outside, PublicPage, SentMail, SentPage } from '../../slack/index.ts';

/** What was sent elsewhere, as a test says. */
export interface FakeOutside extends Outside {
  pages: SentPage[];
  mails: (SentMail & { readonly text: string; readonly html: string | null })[];
  statusPages: (PublicPage & { readonly html: string })[];
  /** What was asked for, as `acknowledged Q1 by Maya Singh`. */
  readonly asked: string[];
  /** The next answer to a page fails with these words. */
  refuseNext(says: string): void;
}

const AT = Date.UTC(2026, 10, 30, 9, 0);

export function aPage(number: number, more: Partial<SentPage> = {}): SentPage {
  return {
    id: `Q${number}`,
    number,
    service: 'Checkout',
    title: `INC-2026-00${number} P0 Checkout: ${'all orders fail '.repeat(6).trim()}`,
    status: 'triggered',
    severity: 'critical',
    at: AT,
    changedAt: AT,
    by: null,
    details: [
      ['Incident', `INC-2026-00${number}`],
      ['Next', 'verylongword'.repeat(12)],
    ],
    url: 'https://slack.example/archives/C0INC',
    ...more,
  };
}

export function aMail(id: string, more: Partial<FakeOutside['mails'][number]> = {}): FakeOutside['mails'][number] {
  return {
    id,
    from: '"Tocsin" <incidents@example.com>',
    to: ['leadership@example.com', 'support@example.com'],
    subject: `Mail ${id}: all orders fail`,
    at: AT,
    hasHtml: true,
    text: `Text of ${id}\n<b>not bold</b>`,
    html: `<!doctype html><html><head><title>x</title></head><body style="color:#111;background:#fff"><h1>HTML of ${id}</h1><script>document.body.append('ran')</script><img src="https://tracker.example/x.png" onerror="document.body.append('ran')"></body></html>`,
    ...more,
  };
}

export function aStatusPage(id: string, version: string): FakeOutside['statusPages'][number] {
  return {
    id,
    title: `Status of ${id}`,
    url: `https://status.example/${id}`,
    version,
    html: `<!doctype html><html><head><title>x</title></head><body><p>${id} in version ${version}</p></body></html>`,
  };
}

export function fakeOutside(): FakeOutside {
  const asked: string[] = [];
  let refusal: string | undefined;
  const fake: FakeOutside = {
    pages: [],
    mails: [],
    statusPages: [],
    asked,
    list: () => ({
      pages: fake.pages,
      mails: fake.mails.map(({ id, from, to, subject, at, hasHtml }) => ({ id, from, to, subject, at, hasHtml })),
      statusPages: fake.statusPages.map(({ id, title, url, version }) => ({ id, title, url, version })),
    }),
    mail: (id) => fake.mails.find((one) => one.id === id),
    statusPage: async (id) => fake.statusPages.find((one) => one.id === id)?.html,
    async answerPage(person, id, what) {
      asked.push(`${what} ${id} by ${person}`);
      const refused = refusal;
      refusal = undefined;
      if (refused !== undefined) throw new Error(refused);
      fake.pages = fake.pages.map((one) => (one.id === id ? { ...one, status: what, by: person } : one));
    },
    refuseNext(says) {
      refusal = says;
    },
  };
  return fake;
}
