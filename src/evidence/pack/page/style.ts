/** The page's own style: on a phone, on paper, in the light and in the dark; every text has a contrast of 4.5 or more to what is behind it. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --soft: #595959; --line: #d0d0d0; --tint: #f4f5f7; --link: #0b57d0; --good: #146c2e; --warn: #7a4d00; --bad: #a31515;
  --p0: #c01f2b; --p1: #d9730d; --p2: #c99700; --p3: #0b66c3; --bar: #0b66c3; --added: #e3f5e6; --removed: #fbe4e4; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #ececec; --paper: #161616; --soft: #b4b4b4; --line: #454545; --tint: #222; --link: #8ab4f8; --good: #7fd696; --warn: #f0c060; --bad: #ff9d94;
    --p0: #e5484d; --p1: #e58a3a; --p2: #d9b130; --p3: #5aa2f0; --bar: #5aa2f0; --added: #16301c; --removed: #3a1b1b; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 62rem; background: var(--paper); color: var(--ink); font: .9375rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; margin: 2.25rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .5rem 0; } ul, ol { margin: .5rem 0; padding-left: 1.5rem; }
a { color: var(--link); } .soft, caption, figcaption { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); }
.chip { border: 1px solid var(--line); border-radius: 1rem; display: inline-block; font-size: .8125rem; font-weight: 600; padding: 0 .6rem; margin-right: .25rem; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 1rem 0; }
dl.facts dt { color: var(--soft); } dl.facts dd { margin: 0; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 38rem; font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; } td.what { overflow-wrap: anywhere; } th { color: var(--soft); font-weight: 600; }
td.time, td.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: .375rem; font: .8125rem/1.45 ui-monospace, monospace; margin: .5rem 0; overflow-x: auto; padding: .75rem; white-space: pre-wrap; }
pre ins, pre del { display: block; text-decoration: none; } pre ins { background: var(--added); } pre del { background: var(--removed); }
code { font: .9em ui-monospace, monospace; }
figure { margin: 1rem 0; } figure svg { display: block; width: 100%; min-width: 44rem; height: auto; font: 12px system-ui, sans-serif; }
figure img { max-width: 100%; height: auto; border: 1px solid var(--line); }
svg text { fill: var(--ink); } svg text.soft { fill: var(--soft); } svg text.on { fill: #fff; font-weight: 700; }
svg .grid { stroke: var(--line); } svg .bar { fill: var(--bar); } svg .bar.bad { fill: var(--p0); } svg .rest { fill: var(--line); } svg .target { stroke: var(--ink); stroke-width: 2; }
svg .P0 { fill: var(--p0); } svg .P1 { fill: var(--p1); } svg .P2 { fill: var(--p2); } svg .P3 { fill: var(--p3); }
svg .mark { fill: #3b4351; stroke: var(--paper); } svg .dot { fill: var(--bar); stroke: var(--paper); } svg .dot.own { fill: var(--paper); stroke: var(--bar); stroke-width: 2; } svg .dot.bad { fill: var(--p0); }
svg .asked { fill: var(--line); } svg .force { fill: var(--bar); opacity: .75; } svg .force.failed { fill: var(--p0); }
footer { color: var(--soft); border-top: 1px solid var(--line); margin-top: 3rem; padding-top: .75rem; }
@media (max-width: 40rem) { dl.facts { grid-template-columns: 1fr; gap: 0; } dl.facts dd { margin-bottom: .5rem; } }
@media print {
  @page { margin: 14mm; size: A4; }
  body { max-width: none; padding: 0; font-size: 10pt; } nav { display: none; } h1 { font-size: 16pt; } h2 { font-size: 12.5pt; break-after: avoid; } h3 { break-after: avoid; }
  figure, article, tr { break-inside: avoid; } figure svg, table { min-width: 0; } thead { display: table-header-group; } .wide { overflow: visible; } pre { white-space: pre-wrap; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
