/** Causes with which a boot begins; all others belong to attempts later in the same boot (sccp.md 6). */
const BOOT_CAUSES: readonly number[] = [20, 22, 23, 25];

/** Whether a phone has told the cluster of its trust lists in this boot: once a boot (sip.md 5.1, R-75). */
export class BootReport {
  #sent: boolean;

  /** @param sent false: the first attempt sends it, whatever its cause */
  constructor(sent = false) {
    this.#sent = sent;
  }

  /** A report for one attempt alone: it is due when its cause is one with which a boot begins. */
  static forOneAttempt(cause: number): BootReport {
    return new BootReport(!BOOT_CAUSES.includes(cause));
  }

  /**
   * Does an attempt with this cause begin a boot? Not while the report of the boot before has not been sent: then it is still
   * that boot.
   */
  begins(cause: number): boolean {
    if (!this.#sent || !BOOT_CAUSES.includes(cause)) return false;
    this.#sent = false;
    return true;
  }

  /** Is the report due with an attempt on a connection that stands? Notes that it is sent. */
  takeDue(): boolean {
    const due = !this.#sent;
    this.#sent = true;
    return due;
  }
}
