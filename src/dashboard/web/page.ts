import type { Board, Point } from '../messages.js';
import { Charts } from './charts.js';
import { place } from './dom.js';
import { type Connection, listen } from './live.js';
import { showBoard } from './sections.js';

const CONNECTIONS: Readonly<Record<Connection, string>> = {
  live: 'live',
  lost: 'connection lost, trying again',
  over: 'the command has ended; this page keeps what it showed last',
};

const charts = new Charts(place('states'), place('rates'));
let points: Point[] = [];
let board: Board | null = null;
let isDrawn = true;

/** What came since the last frame is drawn at once. */
function draw(): void {
  isDrawn = true;
  if (board === null) return;
  showBoard(board, points);
  charts.show(points, board.steps);
}

listen(
  (message) => {
    if (message.kind === 'history') {
      points = [...message.points];
    } else {
      board = message.board;
      if (message.point !== null) points.push(message.point);
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
