/** The page's own style: readable on a phone 375 px wide, in the light and in the dark; every colour has a contrast of 4.5 or more to what is behind it. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --soft: #595959; --line: #d0d0d0; --link: #0b57d0; --good: #146c2e; --warn: #7a4d00; --bad: #a31515; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececec; --paper: #161616; --soft: #b4b4b4; --line: #454545; --link: #8ab4f8; --good: #7fd696; --warn: #f0c060; --bad: #ff9d94; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 46rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.2rem; } h3 { font-size: 1.05rem; margin-bottom: 0; }
h4 { font-size: 1rem; margin: 1rem 0 0; } h4 time, footer { color: var(--soft); font-weight: normal; }
a { color: var(--link); margin-right: 1rem; }
.state { padding: .75rem 1rem; border: 1px solid var(--line); border-left: .4rem solid currentColor; border-radius: .25rem; }
.operational { color: var(--good); } .degraded_performance, .partial_outage { color: var(--warn); } .major_outage { color: var(--bad); }
article { border-top: 1px solid var(--line); padding: .5rem 0 1rem; }
`;
