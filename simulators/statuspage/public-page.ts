import type { ComponentState, PageIncident } from './schema.ts';

/** What the page may load and run: nothing but its own style. */
export const PUBLIC_POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** Incidents that the page tells of. */
const SHOWN = 20;

const STATES: Readonly<Record<ComponentState, string>> = {
  operational: 'Operational',
  under_maintenance: 'Under maintenance',
  degraded_performance: 'Degraded performance',
  partial_outage: 'Partial outage',
  major_outage: 'Major outage',
};
const GRAVEST: readonly ComponentState[] = ['major_outage', 'partial_outage', 'degraded_performance', 'under_maintenance'];

const STYLE = `:root{color-scheme:light dark;--paper:#fff;--ink:#1c1c1c;--dim:#595959;--line:#d9d9d9;--good:#0b6b3a;--bad:#b3123f}
@media(prefers-color-scheme:dark){:root{--paper:#161616;--ink:#ececec;--dim:#a8a8a8;--line:#3a3a3a;--good:#7fd6a5;--bad:#ff9db5}}
body{background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:46rem;overflow-wrap:anywhere;padding:1.5rem 1rem 3rem}
h1{font-size:1.4rem;margin:0 0 1rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1.25rem 0 .25rem}
.now{border:2px solid var(--good);border-radius:.5rem;color:var(--good);font-weight:700;padding:.75rem 1rem}.now.bad,.state.bad{border-color:var(--bad);color:var(--bad)}
ul{list-style:none;margin:0;padding:0}li{border-bottom:1px solid var(--line);display:flex;gap:1rem;justify-content:space-between;padding:.5rem 0}
.state{color:var(--good)}.update{margin:.5rem 0}time{color:var(--dim);font-size:.875rem}.none{color:var(--dim)}`;

/** A page as its public reads it: the components, and the incidents, newest first. HTML without scripts. Pure. */
export function publicPage(title: string, components: ReadonlyMap<string, ComponentState>, incidents: readonly PageIncident[]): string {
  const gravest = GRAVEST.find((state) => [...components.values()].includes(state));
  const isOpen = incidents.some(({ status }) => status !== 'resolved');
  const now = gravest === undefined ? (isOpen ? 'An incident is open' : 'All systems operational') : STATES[gravest];
  const shown = incidents.slice(0, SHOWN);
  return `${[
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta name="color-scheme" content="light dark"><title>${escape(title)}: ${now}</title><style>${STYLE}</style></head>`,
    '<body><main>',
    `<h1>${escape(title)}</h1>`,
    `<p class="now${gravest === undefined && !isOpen ? '' : ' bad'}">${now}</p>`,
    '<h2>Components</h2>',
    `<ul>${[...components].map(component).join('')}</ul>`,
    '<h2>Incidents</h2>',
    ...(shown.length === 0 ? ['<p class="none">No incidents reported.</p>'] : shown.map(article)),
    '</main></body></html>',
  ].join('\n')}\n`;
}

function component([id, state]: readonly [string, ComponentState]): string {
  return `<li><span>${escape(id)}</span><span class="state${state === 'operational' ? '' : ' bad'}">${STATES[state]}</span></li>`;
}

function article({ name, incident_updates: updates }: PageIncident): string {
  const lines = updates.map(
    ({ status, body, created_at: at }) =>
      `<div class="update"><b>${capital(status)}</b> <time datetime="${at}">${at.slice(0, 16).replace('T', ' ')} UTC</time><div>${escape(body).replaceAll('\n', '<br>')}</div></div>`,
  );
  return `<article><h3>${escape(name)}</h3>${lines.join('')}</article>`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
