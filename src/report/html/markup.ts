import { escapeAttribute } from '../markup-text.js';

/** A piece of HTML. Whatever is no `Markup` is text, and is escaped where it is put into one. */
export class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

export type Content = string | number | Markup | readonly Content[];

/** HTML with its holes escaped, in text and between the quotes of an attribute alike; lists stand one item after the other. */
export function html(pieces: TemplateStringsArray, ...holes: readonly Content[]): Markup {
  return new Markup(pieces.map((piece, i) => (i === 0 ? '' : textOf(holes[i - 1] ?? '')) + piece).join(''));
}

export const NOTHING = new Markup('');

function textOf(content: Content): string {
  if (content instanceof Markup) return content.html;
  if (typeof content === 'string') return escapeAttribute(content);
  if (typeof content === 'number') return String(content);
  return content.map(textOf).join('');
}

export interface Column {
  readonly title: string;
  /** `figure`: to the right, digits below digits. */
  readonly kind?: 'figure' | 'text';
}

/**
 * A table that a screen reader can read out: a caption, and a heading for each column and row.
 *
 * @param rows the first cell of each is the heading of the row
 * @param sum of the rows, below them
 */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Content[])[],
  sum?: readonly Content[],
): Markup {
  const classOf = (i: number): Markup => (columns[i]?.kind === 'figure' ? html` class="figure"` : NOTHING);
  const cell = (content: Content, i: number): Markup =>
    i === 0 ? html`<th scope="row"${classOf(i)}>${content}</th>` : html`<td${classOf(i)}>${content}</td>`;
  const line = (row: readonly Content[]): Markup => html`<tr>${row.map(cell)}</tr>\n`;
  const foot = sum === undefined ? NOTHING : html`<tfoot>\n${line(sum)}</tfoot>\n`;
  return tableOf(caption, columns, html`<tbody>\n${rows.map(line)}</tbody>\n${foot}`);
}

/** A table whose body is made elsewhere: rows that belong together are a `tbody` of the class `group`. */
export function tableOf(caption: string, columns: readonly Column[], body: Content): Markup {
  const heads = columns.map(
    ({ title, kind }) =>
      html`<th scope="col"${kind === 'figure' ? html` class="figure"` : NOTHING}>${title}</th>`,
  );
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
${body}</table></div>
`;
}

export function section(id: string, title: string, ...content: readonly Content[]): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}</section>
`;
}
