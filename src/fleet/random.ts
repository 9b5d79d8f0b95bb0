/**
 * Reproducible random numbers in [0, 1): mulberry32 over a hash of the run's seed and a label, so that each phone has a
 * stream of its own that does not depend on shards or on what other phones draw.
 */
export function seededRandom(seed: number, label: string): () => number {
  let state = seed >>> 0;
  for (let i = 0; i < label.length; i += 1) state = Math.imul(state ^ label.charCodeAt(i), 0x01000193) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
