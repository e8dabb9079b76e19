import type { Frame } from "../dissect/frame.ts";
import type { DnsExchange, DnsServer, DnsSummary } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";
import { DurationSample, durationText } from "./duration-sample.ts";
import { Names } from "./names.ts";
import { TopList } from "./top-list.ts";

const pendingCountMax = 100_000;
const serverCountMax = 1_000;
const serverToldMax = 100;
const exchangeToldMax = 20;
const nameLengthMax = 255;
/** A question this short before the end of the capture may still have been answered. */
const graceNanoseconds = 1_000_000_000;

/** What a DNS message's header and first question say. */
export interface DnsMessage {
  isResponse: boolean;
  id: number;
  responseCode: number;
  /** The first question; empty when there is none. */
  name: string;
}

interface Query {
  seconds: number;
  nanoseconds: number;
  frame: number;
  name: string;
  server: Server;
}

interface Server {
  address: number;
  queries: number;
  failures: number;
  unanswered: number;
  times: DurationSample;
}

const responseCodeNames = [
  "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
  "NOTAUTH", "NOTZONE",
]; // prettier-ignore
const noError = 0;
const noSuchName = 3;

/** Pairs DNS questions with their answers, by conversation and id (RFC 1035, 4.1.1). */
export class DnsExchanges {
  readonly #pending = new Map<number, Query>();
  readonly #servers = new Map<number, Server>();
  readonly #times = new DurationSample();
  readonly #codes = new Map<number, number>();
  readonly #slowest = new TopList<DnsExchange>(exchangeToldMax);
  readonly #failures: DnsExchange[] = [];
  readonly #failedNames = new Names();
  readonly #addresses: Addresses;
  #queries = 0;
  #repeated = 0;
  #responses = 0;
  #overflow = 0;

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  add(frame: Frame, message: DnsMessage): void {
    if (frame.inError) return;
    // Streams of UDP and TCP are numbered apart.
    const flow = frame.tcpStream >= 0 ? frame.tcpStream * 2 + 1 : frame.udpStream * 2;
    const key = flow * 65_536 + message.id;
    if (message.isResponse) this.#answer(frame, key, message);
    else this.#ask(frame, key, message.name);
  }

  result(end: { seconds: number; nanoseconds: number } | null): DnsSummary {
    const open = this.#unanswered(end);
    return {
      queries: this.#queries,
      repeatedQueries: this.#repeated,
      responses: this.#responses,
      unanswered: open.length,
      responseCodes: Object.fromEntries(
        Array.from(this.#codes, ([code, count]) => [codeName(code), count]),
      ),
      medianTime: durationText(this.#times.percentile(0.5)),
      p95Time: durationText(this.#times.percentile(0.95)),
      slowest: this.#slowest.result(),
      failures: [...this.#failures, ...open.slice(0, exchangeToldMax)],
      failedNames: this.#failedNames.result().slice(0, exchangeToldMax),
      servers: this.#serverRows(),
      notFollowed: this.#overflow,
    };
  }

  #ask(frame: Frame, key: number, name: string): void {
    this.#queries++;
    const server = this.#serverOf(frame.ends.destination);
    server.queries++;
    const pending = this.#pending.get(key);
    if (pending && pending.name === name) {
      this.#repeated++;
      return;
    }
    if (this.#pending.size >= pendingCountMax) {
      this.#overflow++;
      return;
    }
    const { seconds, nanoseconds, number } = frame;
    this.#pending.set(key, { seconds, nanoseconds, frame: number, name, server });
  }

  #answer(frame: Frame, key: number, { responseCode, name }: DnsMessage): void {
    this.#responses++;
    this.#codes.set(responseCode, (this.#codes.get(responseCode) ?? 0) + 1);
    const query = this.#pending.get(key);
    this.#pending.delete(key);
    if (query) {
      const time = elapsedSince(query, frame);
      this.#times.add(time);
      query.server.times.add(time);
      if (this.#slowest.keeps(time))
        this.#slowest.offer(time, () => this.#exchangeOf(query, frame, responseCode, name));
    }
    if (responseCode === noError) return;
    this.#failedNames.add(query?.name ?? name);
    // A name that does not exist is an answer; a server that cannot answer has failed.
    if (responseCode === noSuchName) return;
    this.#serverOf(frame.ends.source).failures++;
    if (this.#failures.length < exchangeToldMax)
      this.#failures.push(this.#exchangeOf(query, frame, responseCode, name));
  }

  #exchangeOf(
    query: Query | undefined,
    frame: Frame,
    responseCode: number,
    name: string,
  ): DnsExchange {
    return {
      name: (query?.name ?? name).slice(0, nameLengthMax),
      server: this.#addresses.text(frame.ends.source),
      responseCode: codeName(responseCode),
      queryFrame: query?.frame ?? null,
      responseFrame: frame.number,
      time: durationText(query ? elapsedSince(query, frame) : null),
    };
  }

  #unanswered(end: { seconds: number; nanoseconds: number } | null): DnsExchange[] {
    const open: DnsExchange[] = [];
    for (const query of this.#pending.values()) {
      if (end && elapsedSince(query, end) < graceNanoseconds) continue;
      query.server.unanswered++;
      open.push({
        name: query.name.slice(0, nameLengthMax),
        server: this.#addresses.text(query.server.address),
        responseCode: null,
        queryFrame: query.frame,
        responseFrame: null,
        time: null,
      });
    }
    return open;
  }

  #serverOf(address: number): Server {
    const known = this.#servers.get(address);
    if (known) return known;
    const server = { address, queries: 0, failures: 0, unanswered: 0, times: new DurationSample() };
    if (this.#servers.size < serverCountMax) this.#servers.set(address, server);
    else this.#overflow++;
    return server;
  }

  #serverRows(): DnsServer[] {
    return Array.from(this.#servers.values())
      .toSorted((one, other) => other.queries - one.queries)
      .slice(0, serverToldMax)
      .map(({ address, queries, failures, unanswered, times }) => ({
        address: this.#addresses.text(address),
        queries,
        answered: times.count,
        failures,
        unanswered,
        medianTime: durationText(times.percentile(0.5)),
        slowestTime: times.count === 0 ? null : durationText(times.max),
      }));
  }
}

const codeName = (code: number): string => responseCodeNames[code] ?? String(code);

function elapsedSince(
  from: { seconds: number; nanoseconds: number },
  to: { seconds: number; nanoseconds: number },
): number {
  return Math.max(0, (to.seconds - from.seconds) * 1e9 + to.nanoseconds - from.nanoseconds);
}
