/** The page's style; the system's light or dark is followed. The curves take their colours from here, too. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #fff; --rule: #d8dce2; --text: #1b1f24; --faint: #5b646e; --accent: #0550ae;
  --registered: #2f8f4e; --enrolling: #3b7dd8; --booting: #b8800a; --unregistered: #c9372c; --off: #868e98; --locked: #6d28a8;
  --pass: #116329; --fail: #b3261e; --warn: #7d4e00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --card: #1d2127; --rule: #353c45; --text: #e4e7eb; --faint: #a0a8b3; --accent: #7cb7ff;
    --registered: #3fa762; --enrolling: #5a9bf0; --booting: #d99a1c; --unregistered: #e5534b; --off: #737c87; --locked: #c79bff;
    --pass: #6ccf80; --fail: #ff8a80; --warn: #eebb57;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0 auto; padding: 1.25rem; max-width: 92rem; background: var(--page); color: var(--text);
  font: 0.875rem/1.45 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.5rem; } h2 { margin: 0 0 0.5rem; font-size: 0.95rem; } p { margin: 0.2rem 0; }
header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.5rem 2rem; margin-bottom: 1rem; }
#head { flex: 1 1 30rem; } #standing { text-align: right; }
#clock { font-size: 1.5rem; font-variant-numeric: tabular-nums; }
#connection::before { content: ''; display: inline-block; width: 0.6em; height: 0.6em; margin-right: 0.45em; border-radius: 50%; background: var(--off); }
#connection[data-state='live']::before { background: var(--registered); } #connection[data-state='lost']::before { background: var(--unregistered); }
.faint { color: var(--faint); } .pass { color: var(--pass); } .fail { color: var(--fail); } .warn { color: var(--warn); }
main, #columns, #curves, #tiles { display: grid; gap: 0.9rem; }
main { grid-template-columns: minmax(0, 1fr); } @media (max-width: 40rem) { body { padding: 0.75rem; } #standing { text-align: left; } }
#columns, #curves { grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); align-items: start; }
#counters { columns: 26rem; column-gap: 0.9rem; } #counters > * { margin-bottom: 0.9rem; break-inside: avoid; }
#tiles { grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); }
.card, figure { margin: 0; padding: 0.8rem 1rem; min-width: 0; background: var(--card); border: 1px solid var(--rule); border-radius: 0.4rem; overflow-x: auto; }
figcaption { margin-bottom: 0.4rem; font-weight: 600; }
.tile { border-top: 0.25rem solid var(--tone, var(--rule)); } .tile strong { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
#ending { padding: 0.8rem 1rem; background: var(--card); border: 1px solid var(--rule); border-left: 0.4rem solid currentColor; border-radius: 0.4rem; font-size: 1rem; }
#ending span, #ending p { color: var(--text); } #ending strong { margin-right: 0.5rem; letter-spacing: 0.03em; }
#runs ol { display: flex; flex-wrap: wrap; gap: 0.3rem; margin: 0; padding: 0; list-style: none; }
#runs li { padding: 0.1rem 0.5rem; border: 1px solid var(--rule); border-radius: 1rem; background: var(--card); }
#runs li[aria-current] { border-color: var(--accent); font-weight: 600; }
table { width: 100%; border-collapse: collapse; } th, td { padding: 0.22rem 0.6rem 0.22rem 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
tr:last-child > * { border-bottom: 0; } thead th { color: var(--faint); font-weight: 500; } tbody th { font-weight: 500; }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } th.figure:last-child, td.figure:last-child { padding-right: 0; }
.sentence { max-width: 44rem; margin: 0; font-weight: 400; }
.steps { margin: 0; padding: 0; list-style: none; } .steps > li { display: grid; grid-template-columns: 2.2rem 1fr auto; padding: 0.25rem 0; border-bottom: 1px solid var(--rule); }
.steps > li:last-child { border-bottom: 0; } .steps .waiting { color: var(--faint); } .steps .running { font-weight: 600; }
.steps ul { grid-column: 2 / -1; margin: 0.2rem 0 0; padding: 0; list-style: none; font-weight: 400; color: var(--text); }
.steps pre { margin: 0.1rem 0 0.3rem 1.2rem; font: 0.8rem/1.4 ui-monospace, monospace; white-space: pre-wrap; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
.u-legend { color: var(--text); text-align: left; font-size: 0.8rem; } .u-legend th, .u-legend td { border: 0; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;
