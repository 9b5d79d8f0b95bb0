import type { Duplex } from 'node:stream';
import type { Standby } from '../phone/world.js';
import { type SccpDevice, tokenRequest } from '../protocol/sccp/device.js';
import {
  ANSWER_TIMEOUT_MS,
  SECONDARY_KEEP_ALIVE_SECONDS,
  TOKEN_RETRY_SECONDS,
} from '../protocol/sccp/limits.js';
import type { SccpMessage } from '../protocol/sccp/message.js';
import { standbyHeard, standbyTime, startStandby } from '../protocol/sccp/standby-session.js';
import { type Deadline, deadlines } from './deadlines.js';
import { SccpConnection } from './sccp-connection.js';
import type { SccpPhoneMemory } from './sccp-phone.js';
import { settledBefore } from './settled-before.js';
import { openSignalling, type SignallingTarget } from './signalling-tls.js';
import { standbyUntil } from './standby.js';

export interface SccpStandbyOptions extends SignallingTarget {
  /** Has the interval that the primary granted for its backups (RegisterAck); 60 s where it granted none. */
  readonly memory?: SccpPhoneMemory;
  /** In [0, 1), see registerSccp. */
  readonly phase?: number;
}

/**
 * Opens the connection that a registered phone keeps to the next member of its group (sccp.md 8, R-82); undefined where
 * nobody answers.
 * @throws the reason of `signal` when it is aborted before the connection stands, and nothing else
 */
export async function standbySccp(options: SccpStandbyOptions): Promise<Standby | undefined> {
  const socket = await openUnlessAborted(options);
  if (socket === undefined) {
    return undefined;
  }
  const first = startStandby(
    options.memory?.secondaryKeepAliveSeconds ?? SECONDARY_KEEP_ALIVE_SECONDS,
    options.phase ?? Math.random(),
    performance.now(),
  );
  let { state } = first;
  let deadline: Deadline | undefined;
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const connection = new SccpConnection(socket, {
    message(message) {
      state = standbyHeard(state, message);
    },
    closed() {
      deadlines.cancel(deadline);
      end();
    },
  });
  function onDeadline(): void {
    const step = standbyTime(state, performance.now());
    if ('lost' in step) {
      connection.destroy();
      return;
    }
    state = step.state;
    if (step.send !== undefined) {
      connection.send([step.send]);
    }
    watch();
  }
  function watch(): void {
    deadline = deadlines.schedule(state.keepAlive.dueAt - performance.now(), onDeadline);
  }
  connection.send([first.send]);
  watch();
  return standbyUntil(ended, () => {
    deadlines.cancel(deadline);
    connection.close();
  });
}

export interface SccpTokenOptions extends SignallingTarget {
  readonly device: SccpDevice;
  /** How long the server may take; silence counts as a reject with 30 s (sccp.md 5). Default 10 s. */
  readonly answerTimeoutMs?: number;
}

export type TokenAnswer =
  | { readonly granted: true }
  | { readonly granted: false; readonly retrySeconds: number };

const NO_ANSWER: TokenAnswer = { granted: false, retrySeconds: TOKEN_RETRY_SECONDS };

/**
 * Asks a better member of the group for leave to come back (sccp.md 5), on a connection of its own.
 * @throws the reason of `signal` when it is aborted, and nothing else
 */
export async function requestTokenSccp(options: SccpTokenOptions): Promise<TokenAnswer> {
  const socket = await openUnlessAborted(options);
  if (socket === undefined) {
    return NO_ANSWER;
  }
  return settledBefore(options.signal, socket, (settle) => {
    const connection = new SccpConnection(socket, {
      message(message) {
        const answer = tokenAnswer(message);
        if (answer !== undefined) over(answer);
      },
      closed: () => over(NO_ANSWER),
    });
    const timeout = deadlines.schedule(options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS, () => over(NO_ANSWER));
    function over(answer: TokenAnswer): void {
      deadlines.cancel(timeout);
      connection.close();
      settle(answer);
    }
    connection.send([tokenRequest(options.device)]);
    return () => {
      deadlines.cancel(timeout);
      connection.destroy();
    };
  });
}

/** A connection that stands; one that stood in the moment in which `signal` was aborted is closed, and nobody waits with it. */
async function openUnlessAborted(target: SignallingTarget): Promise<Duplex | undefined> {
  const { socket } = await openSignalling(target);
  if (target.signal.aborted) {
    socket?.destroy();
    target.signal.throwIfAborted();
  }
  return socket;
}

function tokenAnswer(message: SccpMessage): TokenAnswer | undefined {
  switch (message.type) {
    case 'RegisterTokenAck':
      return { granted: true };
    case 'RegisterTokenReject':
      return { granted: false, retrySeconds: message.body.waitSeconds };
    default:
      return undefined;
  }
}
