/** Where the page's modules find a package by its name. */
export const IMPORT_MAP = JSON.stringify({ imports: { uplot: '/uplot.js' } });

/**
 * The page before anything is known: places that its modules fill. Nothing but the import map is inline, which its digest in
 * the policy allows.
 */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>trustfleet</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/uplot.css">
<link rel="stylesheet" href="/style.css">
<script type="importmap">${IMPORT_MAP}</script>
<script type="module" src="/dashboard/web/page.js"></script>
</head>
<body>
<header>
<div id="head"><h1>trustfleet</h1></div>
<div id="standing"><p id="clock"></p><p id="connection" role="status">connecting</p></div>
</header>
<main>
<section id="runs" aria-label="Scenarios of this command" hidden></section>
<section id="ending" aria-live="polite" hidden></section>
<section id="tiles" aria-label="At a glance"></section>
<section id="curves" aria-label="Over time">
<figure><figcaption>Phones by state</figcaption><div id="states"></div></figure>
<figure><figcaption>Rates, per second</figcaption><div id="rates"></div></figure>
</section>
<div id="columns">
<section id="steps" aria-label="Steps"></section>
<section id="refusals" aria-label="Trust failures"></section>
</div>
<section id="counters" aria-label="What the phones did"></section>
</main>
<noscript><p>This page shows a run live and needs JavaScript; the run folder has a report that does not.</p></noscript>
</body>
</html>
`;
