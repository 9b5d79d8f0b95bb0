import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../package-root.js';
import { PAGE } from './page-markup.js';
import { STYLE } from './page-style.js';

/** What is answered under a path. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

/** Modules of the page, built for browsers, by their places in `src/`: they find each other by these. */
const MODULES = [
  'dashboard/web/page',
  'dashboard/web/live',
  'dashboard/web/dom',
  'dashboard/web/charts',
  'dashboard/web/counters',
  'dashboard/web/sections',
  'dashboard/history',
  'dashboard/messages',
  'dashboard/rates',
  'observe/figure-text',
] as const;

const SCRIPT = 'text/javascript; charset=utf-8';
const SHEET = 'text/css; charset=utf-8';

/** Everything that the page is made of, read once: what is not here cannot be asked for. */
export function loadPageFiles(): ReadonlyMap<string, PageFile> {
  const built = join(packageRoot(), 'dist', 'src');
  const chart = dirname(createRequire(import.meta.url).resolve('uplot'));
  const text = (type: string, body: string): PageFile => ({ type, body: Buffer.from(body) });
  const file = (type: string, ...path: string[]): PageFile => ({ type, body: readFileSync(join(...path)) });
  return new Map([
    ['/', text('text/html; charset=utf-8', PAGE)],
    ['/style.css', text(SHEET, STYLE)],
    ['/uplot.css', file(SHEET, chart, 'uPlot.min.css')],
    ['/uplot.js', file(SCRIPT, chart, 'uPlot.esm.js')],
    ...MODULES.map((name): [string, PageFile] => [`/${name}.js`, file(SCRIPT, built, `${name}.js`)]),
  ]);
}
