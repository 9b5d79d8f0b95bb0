/** Something that ends once and tells whoever listens how. It weighs less than a promise, and thousands stand at a time. */
export class Ending<T> {
  #isOver = false;
  #end: T | undefined;
  /** The first who listens, who is nearly always the only one. */
  #listener: ((end: T) => void) | null = null;
  #others: ((end: T) => void)[] | null = null;

  get isOver(): boolean {
    return this.#isOver;
  }

  get ended(): Promise<T> {
    return new Promise((resolve) => this.onEnd(resolve));
  }

  /** The listener is called at the end; at once where it has come. */
  onEnd(listener: (end: T) => void): void {
    if (this.#isOver) listener(this.#end as T);
    else if (this.#listener === null) this.#listener = listener;
    else {
      this.#others ??= [];
      this.#others.push(listener);
    }
  }

  /** Only the first end counts. */
  protected settle(end: T): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#end = end;
    const first = this.#listener;
    const others = this.#others;
    this.#listener = null;
    this.#others = null;
    first?.(end);
    if (others !== null) for (const listener of others) listener(end);
  }
}
