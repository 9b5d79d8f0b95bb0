import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { PageFile } from '../../src/dashboard/page-files.js';
import { type DashboardServer, startDashboardServer } from '../../src/dashboard/server.js';
import { within } from '../within.js';

const FILES = new Map<string, PageFile>([['/', { type: 'text/html', body: Buffer.from('<p>page</p>') }]]);

const LIMIT_MS = 20_000;

let server: DashboardServer;
let welcome: string[];

beforeEach(async () => {
  welcome = ['"history"', '"board"'];
  server = await startDashboardServer({ host: '127.0.0.1', port: 0, files: FILES, welcome: () => welcome });
});

afterEach(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, server.url), { method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    asked.on('error', reject).end();
  });
}

/** A page's end of the WebSocket, with everything it heard. */
class Viewer {
  readonly heard: string[] = [];
  readonly closed: Promise<number>;
  readonly socket: WebSocket;

  constructor(options: WebSocket.ClientOptions = {}, path = 'live') {
    this.socket = new WebSocket(new URL(path, server.url.replace('http', 'ws')), options);
    this.socket.on('message', (data) => this.heard.push(String(data)));
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
  }

  async hears(count: number): Promise<string[]> {
    const all = async (): Promise<string[]> => {
      while (this.heard.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
      return this.heard;
    };
    return within(LIMIT_MS, `${count} messages`, all());
  }

  /** The status that it was refused with. */
  refused(): Promise<number> {
    const answered = new Promise<number>((resolve) =>
      this.socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0)),
    );
    return within(LIMIT_MS, 'a refusal', answered);
  }
}

describe('the server of the dashboard over HTTP', () => {
  it('serves its files and nothing else', async () => {
    expect(await ask('/')).toMatchObject({ status: 200, body: '<p>page</p>' });
    expect(await ask('/?later')).toMatchObject({ status: 200, body: '<p>page</p>' });
    expect(await ask('/../package.json')).toMatchObject({ status: 404 });
    expect(await ask('/', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect(await ask('/', {}, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(await ask('/live')).toMatchObject({ status: 426, headers: { upgrade: 'websocket' } });
  });

  it('lets a browser run only what comes from it', async () => {
    const { headers } = await ask('/');
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self' 'sha256-[^']+';/,
    );
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it.each([
    ['127.0.0.1', 200],
    ['127.0.0.1:9465', 200],
    ['localhost:9465', 200],
    ['[::1]:9465', 200],
    // a name that somebody else has made to lead here
    ['rebound.example', 403],
    ['127.0.0.1.rebound.example:9465', 403],
    ['LOCALHOST:9465', 200],
  ])('asked as %s it answers %i', async (host, status) => {
    expect((await ask('/', { host })).status).toBe(status);
  });

  it('a port that is taken is told with its address', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen({ host: '127.0.0.1', port: 0 }, resolve));
    const { port } = blocker.address() as AddressInfo;
    const starting = startDashboardServer({ host: '127.0.0.1', port, files: FILES, welcome: () => [] });
    await expect(starting).rejects.toMatchObject({ code: 'TF_PORT_TAKEN', context: { port } });
    await new Promise((resolve) => blocker.close(resolve));
  });
});

describe('the server of the dashboard over its WebSocket', () => {
  it('tells a page everything from the beginning, then what is new', async () => {
    const viewer = new Viewer();
    await viewer.hears(2);
    server.publish('"more"');
    expect(await viewer.hears(3)).toEqual(['"history"', '"board"', '"more"']);
  });

  it('begins anew with all pages when it is told to', async () => {
    const viewers = [new Viewer(), new Viewer()];
    for (const viewer of viewers) await viewer.hears(2);
    welcome = ['"second history"'];
    server.restart();
    for (const viewer of viewers) expect((await viewer.hears(3)).at(-1)).toBe('"second history"');
  });

  it.each([
    ['a page of another origin', { origin: 'http://elsewhere.example' }, 'live', 403],
    ['a page of another port of this machine', { origin: 'http://127.0.0.1:1' }, 'live', 403],
    ['a name that leads here', { headers: { host: 'rebound.example' } }, 'live', 403],
    ['another path', {}, 'other', 404],
  ])('refuses %s', async (_, options, path, status) => {
    expect(await new Viewer(options, path).refused()).toBe(status);
    expect(server.viewers).toBe(0);
  });

  it('takes its own page', async () => {
    const viewer = new Viewer({ origin: server.url.replace(/\/$/, '') });
    expect(await viewer.hears(2)).toHaveLength(2);
  });

  it('has room for 16 pages', async () => {
    const viewers = Array.from({ length: 16 }, () => new Viewer());
    for (const viewer of viewers) await viewer.hears(2);
    expect(await new Viewer().refused()).toBe(503);
  });

  it('listens to nobody: a page that speaks is sent away, one that speaks at length is cut off', async () => {
    const talkative = new Viewer();
    await talkative.hears(2);
    talkative.socket.send('hello');
    expect(await within(LIMIT_MS, 'the end', talkative.closed)).toBe(1003);
    const long = new Viewer();
    await long.hears(2);
    long.socket.send('x'.repeat(100_000));
    expect(await within(LIMIT_MS, 'the end', long.closed)).not.toBe(1000);
  });

  it('leaves out a page that does not read, and begins anew with it when it does', async () => {
    const slow = new Viewer();
    const quick = new Viewer();
    await slow.hears(2);
    await quick.hears(2);
    slow.socket.pause();
    const message = JSON.stringify('x'.repeat(1_000_000));
    // more than the kernel takes for a page that does not read
    const published = 40;
    for (let i = 0; i < published; i += 1) {
      server.publish(message);
      await quick.hears(3 + i);
    }
    slow.socket.resume();
    const hearsTheBeginning = async (): Promise<void> => {
      while (slow.heard.filter((text) => text === '"history"').length < 2) {
        server.publish('"next"');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    await within(LIMIT_MS, 'the beginning once more', hearsTheBeginning());
    expect(slow.heard.filter((text) => text === message).length).toBeLessThan(published);
  });

  it('does not wait for those whom it refused, or who ask for nothing, when it closes', async () => {
    const { hostname, port } = new URL(server.url);
    const upgrade =
      'GET /other HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    const sockets = [upgrade, '', 'GET / HTTP/1.1\r\n'].map((text) => {
      const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
      socket.on('error', () => undefined).write(text);
      return socket;
    });
    const [refused] = sockets;
    await within(LIMIT_MS, 'the refusal', once(refused as Socket, 'data'));
    await within(LIMIT_MS, 'the end of the server', server.close());
    for (const socket of sockets) socket.destroy();
  });

  it('takes no page any more while it closes: nobody would tell it of the end', async () => {
    const { hostname, port } = new URL(server.url);
    const late = connect({ host: hostname, port: Number(port) });
    const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
    // the request is under way when the end comes
    late.write(
      `GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}`,
    );
    const deaf = new Viewer();
    await deaf.hears(2);
    deaf.socket.pause();
    const closed = server.close();
    const answered = once(late, 'data');
    late.write('\r\n');
    expect(String((await within(LIMIT_MS, 'an answer', answered))[0])).toMatch(/^HTTP\/1.1 503 /);
    await within(LIMIT_MS, 'the end of the server', closed);
    deaf.socket.terminate();
    late.destroy();
  });

  it('says goodbye to all pages when it closes, those that do not read among them', async () => {
    const viewer = new Viewer();
    const deaf = new Viewer();
    await viewer.hears(2);
    await deaf.hears(2);
    deaf.socket.pause();
    server.publish('"last"');
    await within(LIMIT_MS, 'the end of the server', server.close());
    expect(await within(LIMIT_MS, 'the end', viewer.closed)).toBe(1000);
    expect(viewer.heard.at(-1)).toBe('"last"');
    deaf.socket.terminate();
  });
});
