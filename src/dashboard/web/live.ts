import type { DashboardMessage } from '../messages.js';

/** RFC 6455 7.4.1: the command has come to its end. */
const NORMAL_CLOSURE = 1000;

/** The first wait before another try, doubled each time, milliseconds. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 2_000;

export type Connection = 'live' | 'lost' | 'over';

/**
 * Listens to the run, and tries again when the connection is lost or the command has ended: the same address may have the next
 * one. Each new connection begins with the whole history.
 */
export function listen(
  onMessage: (message: DashboardMessage) => void,
  onConnection: (connection: Connection) => void,
): void {
  let wait = FIRST_WAIT_MS;
  let told: Connection | undefined;
  const tell = (connection: Connection): void => {
    // said once: a screen reader reads it out
    if (connection !== told) onConnection(connection);
    told = connection;
  };
  const connect = (): void => {
    const socket = new WebSocket(`ws://${location.host}/live`);
    socket.onopen = () => {
      wait = FIRST_WAIT_MS;
      tell('live');
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => onMessage(JSON.parse(data) as DashboardMessage);
    socket.onclose = ({ code }) => {
      tell(code === NORMAL_CLOSURE || told === 'over' ? 'over' : 'lost');
      setTimeout(connect, wait);
      wait = Math.min(LONGEST_WAIT_MS, wait * 2);
    };
  };
  connect();
}
