import { Addresses } from "./addresses.ts";
import { Credentials } from "./credentials.ts";
import { portType } from "./destinations.ts";
import { DnsExchanges } from "./dns-exchanges.ts";
import { EthernetPairs } from "./ethernet-pairs.ts";
import { HttpExchanges } from "./http-exchanges.ts";
import { Hierarchy } from "./hierarchy.ts";
import { Names } from "./names.ts";
import type { PacketWatcher } from "./packet-watcher.ts";
import { sideA, sideB, sideWord } from "./tcp-row.ts";
import { TcpStreams } from "./tcp-streams.ts";
import { IpTraffic } from "./ip-traffic.ts";
import { TlsHandshakes } from "./tls.ts";
import { Traffic } from "./traffic.ts";
import { udpWord, UdpStreams } from "./udp-streams.ts";

/** Everything that one pass counts; dissectors write into it. */
export class Analyses {
  readonly addresses = new Addresses();
  readonly hierarchy = new Hierarchy();
  readonly tcpStreams = new TcpStreams(this.addresses);
  readonly udpStreams = new UdpStreams();
  readonly ipTraffic = new IpTraffic(this.addresses);
  readonly dnsNames = new Names();
  readonly httpNames = new Names();
  readonly tlsNames = new Names();
  readonly ethernet = new EthernetPairs();
  readonly dns = new DnsExchanges(this.addresses);
  readonly http = new HttpExchanges();
  readonly tls = new TlsHandshakes(this.addresses);
  readonly credentials = new Credentials(this.addresses);
  readonly traffic = new Traffic(this.tcpStreams, this.udpStreams, this.credentials);

  /** Told of every packet, and of the names in them; null in most inspections. */
  watcher: PacketWatcher | null = null;

  watch(watcher: PacketWatcher): void {
    this.watcher = watcher;
    this.traffic.watcher = watcher;
  }

  /** Adds up what flows counted; once, after the last frame. */
  finish(): void {
    const { tcpStreams, udpStreams, ipTraffic } = this;
    const tcp = { a: sideA + sideWord.counts, b: sideB + sideWord.counts };
    ipTraffic.addFlows(tcpStreams.flows, portType.tcp, tcp);
    ipTraffic.addFlows(udpStreams.flows, portType.udp, { a: udpWord.countsA, b: udpWord.countsB });
  }
}
