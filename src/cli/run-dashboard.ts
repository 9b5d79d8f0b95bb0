import { Dashboard, type WatchedRun } from '../dashboard/dashboard.js';
import { comparison, shortFigures } from '../report/expectation-text.js';
import { loadText } from '../report/format.js';
import { ruleSentences } from '../report/rule-book.js';
import { setting, verdictSentence } from '../report/verdict-sentence.js';
import type { ScenarioPlan } from '../scenario/plan.js';
import type { RunResult } from '../scenario/result.js';
import type { Endpoint } from './run-options.js';
import { packageVersion } from './version.js';

/** Where the dashboard is when nobody says where. */
const DEFAULT_ENDPOINT: Endpoint = { host: '127.0.0.1', port: 9465 };

export interface DashboardRequest {
  /** `--dashboard` */
  readonly dashboard?: boolean;
  /** `--dashboard-at`, which asks for one, too. */
  readonly dashboardAt?: Endpoint;
}

/**
 * The dashboard of a command, where one is asked for; its address is told on stderr.
 *
 * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE
 */
export async function openDashboard(
  { dashboard: isWanted, dashboardAt }: DashboardRequest,
  plans: readonly ScenarioPlan[],
): Promise<Dashboard | undefined> {
  if (isWanted !== true && dashboardAt === undefined) return undefined;
  const sentences = ruleSentences();
  const dashboard = await Dashboard.start({
    ...(dashboardAt ?? DEFAULT_ENDPOINT),
    texts: {
      ruleSentence: (rule) => sentences.get(rule) ?? '',
      comparison,
      total: (result) => shortFigures(result).total,
    },
    scenarios: plans.map(({ name }) => name),
  });
  process.stderr.write(`dashboard at ${dashboard.url}\n`);
  return dashboard;
}

/** The dashboard turns to this run. */
export function watchRun(
  dashboard: Dashboard | undefined,
  plan: ScenarioPlan,
  phones: number,
): WatchedRun | undefined {
  const { name, about, clusters, seed, clock, load, steps } = plan;
  return dashboard?.watch({
    head: {
      scenario: name,
      about,
      conditions: [
        ...setting({ clusters, phones, seed, clock: clock.mode }),
        loadText(load),
        `trustfleet ${packageVersion()}`,
      ],
      phones,
      clock: clock.mode,
    },
    steps,
  });
}

/** What the terminal says of the verdict, on the page. */
export function showEnding(shown: WatchedRun | undefined, result: RunResult, folder: string): void {
  const { tone, word, says, but } = verdictSentence(result);
  shown?.ended({ tone, word, says: `${says}${but}`, folder }, result);
}
