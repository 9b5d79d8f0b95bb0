import type { DashboardMessage } from '../messages.js';

/** RFC 6455 7.4.1: the command has come to its end, and nobody is there any more. */
const NORMAL_CLOSURE = 1000;

/** The first wait before another try, doubled each time, milliseconds. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

export type Connection = 'live' | 'lost' | 'over';

/** Listens to the run, and tries again when the connection is lost; each new one begins with the whole history. */
export function listen(
  onMessage: (message: DashboardMessage) => void,
  onConnection: (connection: Connection) => void,
): void {
  let wait = FIRST_WAIT_MS;
  const connect = (): void => {
    const socket = new WebSocket(`ws://${location.host}/live`);
    socket.onopen = () => {
      wait = FIRST_WAIT_MS;
      onConnection('live');
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => onMessage(JSON.parse(data) as DashboardMessage);
    socket.onclose = ({ code }) => {
      if (code === NORMAL_CLOSURE) {
        onConnection('over');
        return;
      }
      onConnection('lost');
      setTimeout(connect, wait);
      wait = Math.min(LONGEST_WAIT_MS, wait * 2);
    };
  };
  connect();
}
