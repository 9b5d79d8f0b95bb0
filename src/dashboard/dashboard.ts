import type { Laboratory } from '../fleet/laboratory.js';
import { lookEvery } from '../observe/look.js';
import type { RunProgress } from '../scenario/run.js';
import { type DashboardTexts, type LastLook, LiveRun, type LiveRunOptions } from './live-run.js';
import type { BoardRun, DashboardMessage, Ending, Point } from './messages.js';
import { loadPageFiles } from './page-files.js';
import { type DashboardServer, startDashboardServer } from './server.js';

/** How often the run is looked at. */
const LOOK_MS = 500;

export interface DashboardOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly texts: DashboardTexts;
  /** The scenarios that will be run, in their order. */
  readonly scenarios: readonly string[];
}

/** What a run tells the dashboard while it is under way. */
export interface WatchedRun {
  readonly onProgress: (progress: RunProgress) => void;
  /** The clusters and the phones are there, and are looked at until `close`. */
  opened(laboratory: Pick<Laboratory, 'snapshot' | 'health'>): void;
  ended(ending: Ending, last: LastLook): void;
  /** Looks no more; the laboratory may be closed. */
  close(): void;
}

/**
 * `run --dashboard`: a page that shows the runs of one command live, one after the other.
 *
 * A page that is opened late gets everything from the beginning of the run; one that is open when the command ends keeps what
 * it shows.
 */
export class Dashboard {
  readonly #texts: DashboardTexts;
  readonly #scenarios: readonly string[];
  readonly #runs: LiveRun[] = [];
  #server: DashboardServer | undefined;

  private constructor({ texts, scenarios }: DashboardOptions) {
    this.#texts = texts;
    this.#scenarios = scenarios;
  }

  /** @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE */
  static async start(options: DashboardOptions): Promise<Dashboard> {
    const dashboard = new Dashboard(options);
    dashboard.#server = await startDashboardServer({
      host: options.host,
      port: options.port,
      files: loadPageFiles(),
      welcome: () => dashboard.#welcome(),
    });
    return dashboard;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  /** The next run takes the page. */
  watch(run: Omit<LiveRunOptions, 'texts'>): WatchedRun {
    const live = new LiveRun({ ...run, texts: this.#texts });
    this.#runs.push(live);
    this.#server?.restart();
    let close = (): void => undefined;
    return {
      onProgress: (progress) => {
        this.#publish(live, live.progress(progress));
      },
      opened: (laboratory) => {
        live.opened();
        let isClosed = false;
        const look = async (): Promise<void> => {
          const [snapshot, health] = await Promise.all([laboratory.snapshot(), laboratory.health()]);
          // by then another run may have the page
          if (isClosed) return;
          live.measured(health);
          this.#publish(live, live.observed(snapshot));
        };
        // the curves begin before anything has happened
        void look().catch(() => undefined);
        const stop = lookEvery(LOOK_MS, look);
        close = () => {
          isClosed = true;
          stop();
        };
      },
      ended: (ending, last) => {
        this.#publish(live, live.ended(ending, last));
      },
      close: () => close(),
    };
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  #publish(live: LiveRun, point: Point | null): void {
    // nothing is summed up for nobody
    if (this.#server === undefined || this.#server.viewers === 0) return;
    this.#server.publish(json({ kind: 'board', board: live.board(this.#rows()), point }));
  }

  #welcome(): string[] {
    const live = this.#runs.at(-1);
    if (live === undefined) return [];
    return [
      json({ kind: 'history', points: live.history.points }),
      json({ kind: 'board', board: live.board(this.#rows()), point: null }),
    ];
  }

  /** All runs of the command, those to come among them; none where there is one only. */
  #rows(): BoardRun[] {
    if (this.#scenarios.length < 2) return [];
    return this.#scenarios.map(
      (scenario, index) => this.#runs[index]?.row ?? { scenario, state: 'waiting', ending: null },
    );
  }
}

function json(message: DashboardMessage): string {
  return JSON.stringify(message);
}
