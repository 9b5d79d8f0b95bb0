import { History } from '../history.js';
import type { Board } from '../messages.js';
import { Charts } from './charts.js';
import { place } from './dom.js';
import { type Connection, listen } from './live.js';
import { showBoard, titleOf } from './sections.js';

const CONNECTIONS: Readonly<Record<Connection, string>> = {
  live: 'live',
  lost: 'connection lost, trying again',
  over: 'the command has ended; waiting for another',
};

const charts = new Charts(place('states'), place('rates'));
let history = new History();
let board: Board | null = null;
let isDrawn = true;

/** What came since the last frame is drawn at once. */
function draw(): void {
  isDrawn = true;
  if (board === null) return;
  showBoard(board, history.points);
  charts.show(history.points, board.steps);
}

listen(
  (message) => {
    if (message.kind === 'history') {
      history = new History(message.points);
    } else {
      board = message.board;
      if (message.point !== null) history.add(message.point);
      // a page in the background draws nothing, and has its title to be seen by
      document.title = titleOf(board);
    }
    if (!isDrawn) return;
    isDrawn = false;
    requestAnimationFrame(draw);
  },
  (connection) => {
    const status = place('connection');
    status.dataset.state = connection;
    status.textContent = CONNECTIONS[connection];
  },
);
