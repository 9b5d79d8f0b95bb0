/**
 * Settles as `promise` does, and rejects when it has not in time: a test that waits for what does not come fails at once and
 * says what it waited for, not when the runner loses its patience.
 *
 * @param ms enough for a busy machine
 */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
