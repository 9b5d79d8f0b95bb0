/**
 * What a phone's work looks at to learn that it shall end: the part of an `AbortSignal` that phones and their worlds use. Every
 * `AbortSignal` is one.
 */
export interface StopSignal {
  readonly aborted: boolean;
  /** Why; undefined before. */
  readonly reason: unknown;
  /** @throws the reason, when it has aborted */
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: StopListener, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: StopListener): void;
}

/** As `EventTarget` takes them: a function, or an object, which where there are thousands is the lighter of the two. */
export type StopListener = (() => void) | { handleEvent(): void };

/**
 * An `AbortController` and its signal in one light object. A phone makes several at every boot, and in virtual time events of
 * an `EventTarget` would cost more than all that the phones decide.
 */
export class StopController implements StopSignal {
  #aborted = false;
  #reason: unknown;
  /** The first who listens while nobody else does, who is nearly always the only one. */
  #listener: StopListener | null = null;
  /** Whoever came while others listened, in the order in which they came. */
  #others: Set<StopListener> | null = null;

  get signal(): StopSignal {
    return this;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  /** Each listener is called once at most, as a signal aborts once. */
  addEventListener(_type: 'abort', listener: StopListener): void {
    if (this.#aborted) return;
    if (this.#listener === null && this.#others === null) {
      this.#listener = listener;
    } else if (listener !== this.#listener) {
      this.#others ??= new Set();
      this.#others.add(listener);
    }
  }

  removeEventListener(_type: 'abort', listener: StopListener): void {
    if (listener === this.#listener) this.#listener = null;
    else if (this.#others?.delete(listener) && this.#others.size === 0) this.#others = null;
  }

  /** Calls the listeners in order; the first abort counts, further ones do nothing. What a listener throws stops no other. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    if (this.#listener !== null) callSafely(this.#listener);
    // a set leaves out those whom an earlier one takes back
    if (this.#others !== null) for (const listener of this.#others) callSafely(listener);
    this.#listener = null;
    this.#others = null;
  }
}

function callSafely(listener: StopListener): void {
  try {
    if (typeof listener === 'function') listener();
    else listener.handleEvent();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
