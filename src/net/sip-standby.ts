import type { PhoneWorld, Standby } from '../phone/world.js';
import { SipStandby, type SipStandbyEffect } from '../protocol/sip/standby.js';
import { SipToken, type SipTokenEffect, TOKEN_RETRY_SECONDS } from '../protocol/sip/token.js';
import { settledBefore } from './settled-before.js';
import { SipDriver } from './sip-driver.js';
import { openSipLink, type SipLink } from './sip-link.js';
import { linesOf, memoryOf, type SipOptions, senderOn, timersOf } from './sip-options.js';
import { standbyUntil } from './standby.js';

/**
 * Opens the connection that a registered phone keeps to the next member of its group, with heartbeats that deregister nothing
 * (sip.md 3.8, R-82); undefined where nobody answers the first one.
 * @throws the reason of `signal` when it is aborted before the first answer, and nothing else
 */
export async function standbySip(options: SipOptions): Promise<Standby | undefined> {
  const { link } = await openSipLink(options);
  return link === undefined ? undefined : standbyOver(link, options);
}

/** The same over a link that stands. */
function standbyOver(link: SipLink, options: SipOptions): Promise<Standby | undefined> {
  const { promise: ended, resolve: end } = deferred();
  const memory = memoryOf(options);
  const timers = timersOf(options);
  const machine = new SipStandby({
    sender: senderOn(link, options, memory),
    line: linesOf(options)[0],
    keepAliveExpires: timers.keepAliveExpires,
    retransmission: timers,
    identifiers: memory.identifiers,
    date: Date.now,
  });
  return settledBefore(options.signal, link, (settle) => {
    const driver = new SipDriver<SipStandbyEffect>(link, machine, {
      effect(effect) {
        if (effect.do === 'up') settle(standbyUntil(ended, () => over(() => link.close())));
        else if (effect.do === 'down') over(() => link.destroy());
      },
      closed: () => over(() => {}),
    });
    function over(close: () => void): void {
      driver.stop();
      close();
      settle(undefined);
      end();
    }
    driver.take(machine.start(performance.now()));
    return () => {
      driver.stop();
      link.destroy();
    };
  });
}

/**
 * Asks a better member for leave to come back to it, on a connection for this question alone (sip.md 5.2). A server that cannot
 * be reached gives none.
 * @throws the reason of `signal` when it is aborted before the answer, and nothing else
 */
export async function requestTokenSip(options: SipOptions): ReturnType<PhoneWorld['requestToken']> {
  const { link } = await openSipLink(options);
  return link === undefined
    ? { granted: false, retrySeconds: TOKEN_RETRY_SECONDS }
    : requestTokenOver(link, options);
}

/** The same over a link that stands; it is closed with the answer. */
function requestTokenOver(link: SipLink, options: SipOptions): ReturnType<PhoneWorld['requestToken']> {
  const memory = memoryOf(options);
  const machine = new SipToken({
    sender: senderOn(link, options, memory),
    line: linesOf(options)[0],
    retransmission: timersOf(options),
    identifiers: memory.identifiers,
    date: Date.now,
  });
  return settledBefore(options.signal, link, (settle) => {
    const driver = new SipDriver<SipTokenEffect>(link, machine, {
      effect(effect) {
        if (effect.do === 'granted') over({ granted: true });
        else if (effect.do === 'denied') over({ granted: false, retrySeconds: effect.retrySeconds });
      },
      closed: () => over({ granted: false, retrySeconds: TOKEN_RETRY_SECONDS }),
    });
    function over(result: Awaited<ReturnType<PhoneWorld['requestToken']>>): void {
      driver.stop();
      link.close();
      settle(result);
    }
    driver.take(machine.start(performance.now()));
    return () => {
      driver.stop();
      link.destroy();
    };
  });
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
