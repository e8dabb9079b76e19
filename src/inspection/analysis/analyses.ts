import { Addresses } from "./addresses.ts";
import { Credentials } from "./credentials.ts";
import { Conversations } from "./conversations.ts";
import { DestinationCounts } from "./destinations.ts";
import { DnsExchanges } from "./dns-exchanges.ts";
import { EthernetPairs } from "./ethernet-pairs.ts";
import { HttpExchanges } from "./http-exchanges.ts";
import { Hierarchy } from "./hierarchy.ts";
import { KeyTable } from "./key-table.ts";
import { Names } from "./names.ts";
import { TcpStreams } from "./tcp-streams.ts";
import { Traffic } from "./traffic.ts";

const udpStreamCountMax = 2_000_000;

/** Everything that one pass counts; dissectors write into it. */
export class Analyses {
  readonly addresses = new Addresses();
  readonly hierarchy = new Hierarchy();
  readonly tcpStreams = new TcpStreams(this.addresses);
  readonly udpStreams = new KeyTable(3, udpStreamCountMax);
  readonly conversations4 = new Conversations();
  readonly conversations6 = new Conversations();
  readonly destinations4 = new DestinationCounts();
  readonly destinations6 = new DestinationCounts();
  readonly dnsNames = new Names();
  readonly httpNames = new Names();
  readonly tlsNames = new Names();
  readonly ethernet = new EthernetPairs();
  readonly dns = new DnsExchanges(this.addresses);
  readonly http = new HttpExchanges();
  readonly credentials = new Credentials(this.addresses);
  readonly traffic = new Traffic(this.udpStreams, this.credentials);
}
