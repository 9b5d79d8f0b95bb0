import type { KeyObject } from 'node:crypto';
import type { TrustFile, TrustList } from '../trustfile/model.js';
import { judgeAnswer } from './decide/answer.js';
import type { JudgeContext } from './decide/context.js';
import type { HeldTrust, SignerCache } from './decide/held.js';
import type { FileKind, Judgement, Refused, Verdict } from './decide/verdict.js';
import { type Equipment, tlsProfile } from './equipment.js';
import type { StopSignal } from './stop.js';

/** The decisions' view of one phone: always what it holds at this moment, so that an ITL is judged with the new CTL (R-22). */
export class PhoneJudge implements JudgeContext, HeldTrust {
  readonly #equipment: Equipment;

  constructor(equipment: Equipment) {
    this.#equipment = equipment;
  }

  get held(): HeldTrust {
    return this;
  }

  get ctl(): TrustList | null {
    return this.#equipment.flash.ctl;
  }

  get itl(): TrustList | null {
    return this.#equipment.flash.itl;
  }

  get cache(): SignerCache {
    return this.#equipment.tvs;
  }

  get model(): JudgeContext['model'] {
    return this.#equipment.model;
  }

  get knobs(): JudgeContext['knobs'] {
    return this.#equipment.knobs;
  }

  verify(file: TrustFile, key: KeyObject): boolean {
    const { world } = this.#equipment;
    const started = world.now();
    const valid = world.verifySignature(file, key);
    world.time('verify_seconds', (world.now() - started) / 1_000);
    return valid;
  }

  date(): number {
    return this.#equipment.world.date();
  }

  /** Asks TVS where the judgement needs it, and has the last word. */
  async settle(
    kind: FileKind,
    offered: TrustFile,
    judgement: Judgement,
    signal: StopSignal,
  ): Promise<Verdict> {
    if (judgement.decision !== 'ask-tvs') return judgement;
    const { flash, model, tvs } = this.#equipment;
    const outcome = await tvs.search(
      {
        for: kind,
        signer: offered.header.signer,
        certificate: null,
        servers: flash.configuration?.configuration.tvs ?? [],
        itl: flash.itl,
        tls: tlsProfile(this.#equipment, model.tls),
      },
      signal,
    );
    return judgeAnswer(this, kind, offered, judgement, outcome);
  }

  /** A refusal of a file: one trust failure, and one event for people. */
  refused(file: FileKind | 'firmware', verdict: Refused): void {
    const { world } = this.#equipment;
    const { rule, reason, detail } = verdict;
    world.count('trust_failures', { file, reason, rule });
    world.refused({ what: file, rule, reason, detail });
  }
}
