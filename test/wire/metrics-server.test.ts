import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type MetricsServer, startMetricsServer } from '../../src/report/metrics-server.js';
import { withoutDescriptors } from './late-errors.js';

const scrape = async (): Promise<{ contentType: string; body: string }> => ({
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  body: 'trustfleet_run_info 1\n',
});

const open: MetricsServer[] = [];

async function start(
  options: Partial<Parameters<typeof startMetricsServer>[0]> = {},
): Promise<MetricsServer> {
  const server = await startMetricsServer({ host: '127.0.0.1', port: 0, scrape, ...options });
  open.push(server);
  return server;
}

const url = (server: MetricsServer, path: string): string => `http://${server.host}:${server.port}${path}`;

describe('the metrics server (run --metrics)', () => {
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });

  it('answers GET /metrics with the exposition', async () => {
    const response = await fetch(url(await start(), '/metrics'));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('version=0.0.4');
    expect(await response.text()).toBe('trustfleet_run_info 1\n');
  });

  it.each([
    ['HEAD', '/metrics', 200],
    ['GET', '/', 404],
    ['GET', '/metrics/../secret', 404],
    ['GET', '/metricsx', 404],
    ['POST', '/metrics', 405],
    ['GET', '/metrics?name=x', 200],
  ])('answers %s %s with %i', async (method, path, status) => {
    const response = await fetch(url(await start(), path), { method });
    await response.text();
    expect(response.status).toBe(status);
  });

  it('answers 503 when there is no snapshot to be had, and goes on', async () => {
    let fail = true;
    const server = await start({
      scrape: async () => {
        if (fail) throw new Error('the run is ending');
        return scrape();
      },
    });
    expect((await fetch(url(server, '/metrics'))).status).toBe(503);
    fail = false;
    expect((await fetch(url(server, '/metrics'))).status).toBe(200);
  });

  it('is not disturbed by a client that sends rubbish', async () => {
    const server = await start();
    await new Promise<void>((resolve, reject) => {
      const socket = connect(server.port, server.host, () => socket.end('\u0000\u0001rubbish\r\n\r\n'));
      socket
        .on('close', () => resolve())
        .on('error', reject)
        .resume();
    });
    expect((await fetch(url(server, '/metrics'))).status).toBe(200);
  });

  it('outlives connections that it cannot accept', async () => {
    const server = await withoutDescriptors(() => start());
    expect((await fetch(url(server, '/metrics'))).status).toBe(200);
  });

  it('says that a port is taken (TF_PORT_TAKEN)', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toMatchObject({ code: 'TF_PORT_TAKEN' });
  });

  it('closes although a scraper keeps its connection open', async () => {
    const server = await start();
    const socket = connect(server.port, server.host);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await new Promise((resolve) => socket.on('connect', resolve));
    await server.close();
    socket.resume();
    await closed;
  });
});
