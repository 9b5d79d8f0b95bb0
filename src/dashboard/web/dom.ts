/** What an element may hold. */
export type Child = Node | string;

/** An element with its attributes and children; text is never read as markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The element of the page's own markup with this id. */
export function place(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element "${id}"`);
  return element;
}

const shown = new Map<string, string>();

/** Fills a place anew when what it shows has changed: what stands still can be selected and scrolled. Empty, it is hidden. */
export function fill<T>(id: string, content: T, render: (content: T) => readonly Child[]): void {
  const text = JSON.stringify(content);
  if (shown.get(id) === text) return;
  shown.set(id, text);
  const children = render(content);
  const element = place(id);
  element.replaceChildren(...children);
  element.hidden = children.length === 0;
}

/** A column of figures stands at the right. */
export interface Column {
  readonly title: string;
  readonly isFigure?: boolean;
}

/** A table in a frame of its own; the first cell of a row names it. */
export function tableCard(
  title: string,
  columns: readonly Column[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  const cell = (tag: 'th' | 'td', index: number, child: Child): HTMLElement =>
    el(tag, columns[index]?.isFigure === true ? { class: 'figure' } : {}, child);
  const head = columns.map(({ title: text }, index) => {
    const th = cell('th', index, text);
    th.setAttribute('scope', 'col');
    return th;
  });
  const body = rows.map((row) =>
    el('tr', {}, ...row.map((child, index) => cell(index === 0 ? 'th' : 'td', index, child))),
  );
  for (const { firstElementChild } of body) firstElementChild?.setAttribute('scope', 'row');
  return el(
    'div',
    { class: 'card' },
    el('h2', {}, title),
    el('table', { 'aria-label': title }, el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...body)),
  );
}
