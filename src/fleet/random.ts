/**
 * Reproducible random numbers in [0, 1), 32 bits each: xoroshiro64** over a hash of the run's seed and a label. Each phone has
 * a stream of its own that does not depend on shards or on what other phones draw: with 64 bits of state one fleet of ten
 * million in 370,000 has two phones with the same one.
 */
export function seededRandom(seed: number, label: string): () => number {
  // two hashes of multiplications and rotations, each fed with every character
  let a = seed ^ 0x9e3779b9;
  let b = Math.imul(seed, 0x85ebca6b) ^ 0xc2b2ae35;
  for (let i = 0; i < label.length; i += 1) {
    const code = label.charCodeAt(i);
    a = Math.imul(rotated(a, 13) ^ code, 0xcc9e2d51);
    b = Math.imul(rotated(b, 17) ^ code, 0x1b873593);
  }
  // signed 32 bits: V8 keeps them in the closure as they are, where an unsigned one is an object for each number drawn
  let s0 = mixed(a ^ rotated(b, 16));
  let s1 = mixed(b ^ s0);
  // the one state that it never leaves
  if ((s0 | s1) === 0) s1 = 1;
  return () => {
    const drawn = Math.imul(rotated(Math.imul(s0, 0x9e3779bb), 5), 5);
    s1 ^= s0;
    s0 = rotated(s0, 26) ^ s1 ^ (s1 << 9);
    s1 = rotated(s1, 13);
    return (drawn >>> 0) / 4_294_967_296;
  };
}

function rotated(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/** The finalizer of MurmurHash3: every bit of the input moves every bit of the result. */
function mixed(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
