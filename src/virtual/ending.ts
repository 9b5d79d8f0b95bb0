/**
 * Something that ends once and tells whoever listens how. It weighs less than a promise, and thousands stand at a time.
 *
 * @typeParam T how it ended
 * @typeParam L who listens: an object, as nearly always one is there already
 */
export abstract class Ending<T extends object, L extends object> {
  #end: T | null = null;
  /** The first alone, who is nearly always the only one; or all of them, in the order in which they came. */
  #listeners: L | L[] | null = null;

  get isOver(): boolean {
    return this.#end !== null;
  }

  /** The listener is called at the end; at once where it has come. */
  onEnd(listener: L): void {
    if (this.#end !== null) this.tell(listener, this.#end);
    else if (this.#listeners === null) this.#listeners = listener;
    else if (Array.isArray(this.#listeners)) this.#listeners.push(listener);
    else this.#listeners = [this.#listeners, listener];
  }

  /** Only the first end counts. */
  protected settle(end: T): void {
    if (this.#end !== null) return;
    this.#end = end;
    const listeners = this.#listeners;
    this.#listeners = null;
    if (listeners === null) return;
    if (!Array.isArray(listeners)) this.tell(listeners, end);
    else for (const listener of listeners) this.tell(listener, end);
  }

  protected abstract tell(listener: L, end: T): void;
}
