import { Addresses } from "./addresses.ts";
import { Conversations } from "./conversations.ts";
import { DestinationCounts } from "./destinations.ts";
import { Hierarchy } from "./hierarchy.ts";
import { KeyTable } from "./key-table.ts";
import { Names } from "./names.ts";
import { TcpStreams } from "./tcp-streams.ts";

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
}
