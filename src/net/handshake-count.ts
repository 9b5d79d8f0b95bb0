/** Who shows a certificate: the server alone (CAPF, TVS), or both ends (secure registration and standby). */
export type HandshakeKind = 'server-auth' | 'mutual';

export const HANDSHAKE_KINDS: readonly HandshakeKind[] = ['server-auth', 'mutual'];

export type HandshakeCounts = Readonly<Record<HandshakeKind, number>>;

const counts: Record<HandshakeKind, number> = { 'server-auth': 0, mutual: 0 };

/** A client of this thread has come to the end of a TLS handshake, whatever it makes of the certificate that it saw. */
export function countHandshake(kind: HandshakeKind): void {
  counts[kind] += 1;
}

/** Handshakes that clients of this thread have ended since it began; the bare ones of a calibration are not among them. */
export function handshakeCounts(): HandshakeCounts {
  return { ...counts };
}
