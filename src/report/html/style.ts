/** The page's own style: nothing is loaded, and the system's light or dark is followed. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fff; --raised: #f5f6f8; --line: #d5d9df; --ink: #1b1f24; --quiet: #57606a;
  --good: #116329; --bad: #b3261e; --warn: #7d4e00; --link: #0550ae;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b; --raised: #1d2127; --line: #373e47; --ink: #e4e7eb; --quiet: #a0a8b3;
    --good: #6ccf80; --bad: #ff8a80; --warn: #eebb57; --link: #7cb7ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1.5rem 4rem; max-width: 76rem; background: var(--ground); color: var(--ink);
  font: 0.9375rem/1.45 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; } h2 { margin: 2.25rem 0 0.5rem; font-size: 1.2rem; }
p { margin: 0.4rem 0; max-width: 60rem; } a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.verdict { margin: 1rem 0; padding: 0.75rem 1rem; border: 1px solid var(--line); border-left: 0.4rem solid; background: var(--raised); font-size: 1.05rem; }
.verdict strong { margin-right: 0.4rem; letter-spacing: 0.03em; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.verdict.good, .verdict.bad, .verdict.warn { border-left-color: currentColor; } .verdict span, .verdict p { color: var(--ink); }
.quiet { color: var(--quiet); } code { font-family: ui-monospace, monospace; font-size: 0.85em; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: 0.75rem 0 1.25rem; }
table { border-collapse: collapse; min-width: 30rem; }
caption { padding: 0 0 0.3rem; text-align: left; color: var(--quiet); }
th, td { padding: 0.28rem 0.75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { background: var(--raised); border-top: 1px solid var(--line); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; } tbody.group { border-top: 2px solid var(--line); }
tbody.group tr:not(:last-child) > :not([rowspan]) { border-bottom: 0; } tbody.group:target { background: var(--raised); }
tfoot th, tfoot td, .sum td { font-weight: 600; } tfoot { border-top: 2px solid var(--line); } .name { white-space: nowrap; }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td p, th p { margin: 0.15rem 0 0; max-width: 44rem; font-weight: 400; }
details { margin: 0.2rem 0; } summary { cursor: pointer; color: var(--link); } pre { margin: 0.4rem 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.85em; }
footer { margin-top: 3rem; padding-top: 0.75rem; border-top: 1px solid var(--line); color: var(--quiet); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media (max-width: 40rem) { body { padding: 1rem; } th, td { padding: 0.25rem 0.4rem; } .name { white-space: normal; } }
@media print { body { max-width: none; } nav { display: none; } .scroll { overflow: visible; } }
`;
