// What fields say of a packet that its own bytes do not: followed only where a filter or a list asks for it.
import type { Frame } from "./dissect/frame.ts";
import { TcpFactsTracker, type StreamOutcome } from "./dissect/transport/tcp-facts.ts";
import { tcpFactNames, tcpOutcomeNames } from "./dissect/transport/tcp-fields.ts";
import { UdpFactsTracker, udpFactFields } from "./dissect/transport/udp-facts.ts";
import { DnsFactsTracker, dnsFactFields, type DnsOutcomes } from "./dissect/web/dns-facts.ts";

interface Outcomes {
  tcp: ReadonlyMap<number, StreamOutcome> | null;
  dns: DnsOutcomes | null;
}

/** Follows what the names asked for need, over one pass. */
export class PacketFacts {
  readonly #tcp: TcpFactsTracker | null;
  readonly #udp: UdpFactsTracker | null;
  readonly #dns: DnsFactsTracker | null;

  /** With the facts of an earlier pass, fields also know what comes later. */
  constructor(names: ReadonlySet<string>, earlier: PacketFacts | null) {
    const outcomes = earlier ? earlier.#outcomes : { tcp: null, dns: null };
    const isWanted = (known: Iterable<string>): boolean =>
      [...known].some((name) => names.has(name));
    this.#tcp = isWanted(tcpFactNames) ? new TcpFactsTracker(outcomes.tcp) : null;
    this.#udp = isWanted(Object.keys(udpFactFields)) ? new UdpFactsTracker() : null;
    this.#dns = isWanted(Object.keys(dnsFactFields)) ? new DnsFactsTracker(outcomes.dns) : null;
  }

  /** True when a name says of early packets what only later ones show. */
  static looksAhead(names: ReadonlySet<string>): boolean {
    return names.has("dns.response_in") || [...tcpOutcomeNames].some((name) => names.has(name));
  }

  get #outcomes(): Outcomes {
    return { tcp: this.#tcp?.outcomes ?? null, dns: this.#dns?.outcomes ?? null };
  }

  add(frame: Frame, time: bigint): void {
    this.#tcp?.add(frame, time);
    this.#udp?.add(frame, time);
    this.#dns?.add(frame, time);
  }
}
