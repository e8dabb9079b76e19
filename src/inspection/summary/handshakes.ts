import type { TlsHandshake, TlsSummary } from "../inspection.ts";
import { parseNanoseconds } from "./units.ts";

/** How TLS, DTLS and QUIC connections were opened. Percentiles are by nearest rank. */
export interface HandshakeSummary {
  count: number;
  /** Versions that were settled on, most frequent first. */
  versions: { version: string; count: number }[];
  /** ClientHello to ServerHello; null when none was seen. */
  medianNanoseconds: number | null;
  p95Nanoseconds: number | null;
  slowest: { handshake: TlsHandshake; nanoseconds: number } | null;
}

export function summarizeHandshakes({ handshakes, overflow }: TlsSummary): HandshakeSummary {
  const versions = new Map<string, number>();
  for (const { version } of handshakes)
    if (version !== null) versions.set(version, (versions.get(version) ?? 0) + 1);
  const timed = handshakes
    .flatMap((handshake) => {
      const nanoseconds = parseNanoseconds(handshake.serverHelloDelay);
      return nanoseconds === null ? [] : [{ handshake, nanoseconds: Number(nanoseconds) }];
    })
    .toSorted((one, other) => one.nanoseconds - other.nanoseconds);
  const rank = (share: number): number | null =>
    timed[Math.max(0, Math.ceil(share * timed.length) - 1)]?.nanoseconds ?? null;
  return {
    count: handshakes.length + overflow,
    versions: Array.from(versions, ([version, count]) => ({ version, count })).toSorted(
      (one, other) => other.count - one.count,
    ),
    medianNanoseconds: rank(0.5),
    p95Nanoseconds: rank(0.95),
    slowest: timed.at(-1) ?? null,
  };
}
