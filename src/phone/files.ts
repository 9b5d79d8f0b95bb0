import type { ModelProfile } from '../device/model.js';
import type { StopSignal } from './stop.js';
import type { FetchResult, PhoneWorld } from './world.js';

/** Times that a busy server is asked again over TFTP (phone-config.md 9). */
export const BUSY_RETRIES = 5;

/** Wait before that, milliseconds, drawn evenly between the two. */
const BUSY_WAIT_MS = { least: 1_000, most: 2_000 } as const;

/** What became of a file. `failed` came from no server: `TFTP timeout` when none answered. */
export type FileResult =
  | { readonly status: 'ok'; readonly bytes: Uint8Array; readonly server: string }
  | { readonly status: 'not-found' }
  | { readonly status: 'failed'; readonly answered: boolean; readonly detail: string };

/** How one boot gets its files: HTTP before TFTP, the second server after the first, busy servers again. */
export class FileClient {
  readonly #world: PhoneWorld;
  readonly #http: boolean;
  #servers: readonly string[];
  #reached = false;

  constructor(world: PhoneWorld, model: ModelProfile, servers: readonly string[]) {
    this.#world = world;
    this.#http = model.fetchesOverHttp;
    this.#servers = servers;
  }

  /** Did any server answer anything in this boot? */
  get reached(): boolean {
    return this.#reached;
  }

  /** The servers as this boot asks them: one that answered in another's place stays first (phone-config.md 3). */
  async fetch(file: string, signal: StopSignal): Promise<FileResult> {
    let answered = false;
    let detail = '';
    for (const server of this.#servers) {
      const result = await this.#fromServer(server, file, signal);
      if (result.status === 'ok' || result.status === 'not-found') {
        if (server !== this.#servers[0])
          this.#servers = [server, ...this.#servers.filter((other) => other !== server)];
        return result.status === 'ok' ? { status: 'ok', bytes: result.bytes, server } : result;
      }
      answered ||= result.status === 'busy' || result.status === 'error';
      const what = result.status === 'error' ? `error, ${result.detail}` : result.status;
      detail = `${file} from ${this.#world.nodeName(server)}: ${what}`;
      this.#world.refused({ what: 'transfer', rule: 'R-12', reason: result.status, detail });
    }
    if (detail === '') detail = `${file}: the phone knows no TFTP server`;
    return { status: 'failed', answered, detail };
  }

  async #fromServer(server: string, file: string, signal: StopSignal): Promise<FetchResult> {
    if (this.#http) {
      const result = this.#heard(
        server,
        file,
        'http',
        await this.#world.fetch({ server, file, transport: 'http' }, signal),
      );
      // 404 is final, all the rest is tried over TFTP from the same server (phone-config.md 4)
      if (result.status === 'ok' || result.status === 'not-found') return result;
    }
    for (let retries = 0; ; retries += 1) {
      const result = this.#heard(
        server,
        file,
        'tftp',
        await this.#world.fetch({ server, file, transport: 'tftp' }, signal),
      );
      if (result.status !== 'busy' || retries === BUSY_RETRIES) return result;
      const { least, most } = BUSY_WAIT_MS;
      await this.#world.sleep(least + (most - least) * this.#world.random(), signal);
    }
  }

  #heard(server: string, file: string, transport: 'tftp' | 'http', result: FetchResult): FetchResult {
    if (result.status !== 'timeout' && result.status !== 'refused') this.#reached = true;
    this.#world.log(`${transport} ${this.#world.nodeName(server)} ${file}: ${result.status}`);
    return result;
  }
}
