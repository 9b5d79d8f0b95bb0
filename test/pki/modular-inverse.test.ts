import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { inverse } from '../../src/pki/modular-inverse.js';

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

function random(octets: number): bigint {
  return BigInt(`0x01${randomBytes(octets).toString('hex')}`);
}

test.each([1, 2, 6, 7, 32, 64, 128, 256])('inverts what has an inverse, at %i octets', (octets) => {
  let inverted = 0;
  for (let round = 0; round < 400; round += 1) {
    const [a, m] = [random(octets), random(octets)];
    if (a === m || gcd(a, m) !== 1n) continue;
    const found = inverse(a, m);
    expect((found * a) % m, `${a} mod ${m}`).toBe(1n % m);
    expect(found >= 0n && found < m, `${a} mod ${m}`).toBe(true);
    inverted += 1;
  }
  expect(inverted).toBeGreaterThan(100);
});

test('inverts every number modulo every small modulus', () => {
  for (let m = 2n; m < 60n; m += 1n) {
    for (let a = 1n; a < 2n * m; a += 1n) {
      if (gcd(a, m) === 1n) expect((inverse(a, m) * a) % m, `${a} mod ${m}`).toBe(1n);
    }
  }
});

test('inverts numbers of very different lengths, and neighbours', () => {
  const long = random(128) | 1n;
  for (const [a, m] of [
    [65_537n, long],
    [long, 65_537n],
    [long, long + 1n],
    [long + 1n, long],
    [long, long + 2n],
    [1n, long],
    [2n ** 1023n, 2n ** 1024n - 1n],
  ] as const) {
    if (gcd(a, m) === 1n) expect((inverse(a, m) * a) % m, `${a} mod ${m}`).toBe(1n);
  }
});
