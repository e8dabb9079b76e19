import type { HttpExchange, HttpHost, HttpSummary } from "../inspection.ts";
import { DurationSample, durationText } from "./duration-sample.ts";
import { TopList } from "./top-list.ts";

const streamCountMax = 100_000;
/** Requests of one stream that wait for their answer: pipelining is rare, and rarely deep. */
const waitingCountMax = 64;
const hostCountMax = 1_000;
const hostToldMax = 100;
const methodCountMax = 64;
const exchangeToldMax = 20;
const pathLengthMax = 200;
const hostLengthMax = 255;

/** When and where a message was seen. */
export interface MessagePlace {
  stream: number;
  frame: number;
  seconds: number;
  nanoseconds: number;
}

interface Request extends MessagePlace {
  method: string;
  host: string;
  path: string;
}

interface Host {
  requests: number;
  clientErrors: number;
  serverErrors: number;
  times: DurationSample;
}

/** Pairs HTTP/1 requests with their responses, in the order of each stream (RFC 9112, 9.3). */
export class HttpExchanges {
  readonly #waiting = new Map<number, Request[]>();
  readonly #hosts = new Map<string, Host>();
  readonly #methods = new Map<string, number>();
  readonly #statuses = new Map<number, number>();
  readonly #times = new DurationSample();
  readonly #slowest = new TopList<HttpExchange>(exchangeToldMax);
  readonly #failures: HttpExchange[] = [];
  #requests = 0;
  #responses = 0;
  #overflow = 0;

  /** A request that was sent whole; the query of its target may hold secrets and is not kept. */
  request(place: MessagePlace, startLine: string, host: string): void {
    this.#requests++;
    const [method = "", target = ""] = startLine.split(" ", 2);
    if (this.#methods.has(method) || this.#methods.size < methodCountMax)
      this.#methods.set(method, (this.#methods.get(method) ?? 0) + 1);
    const path = target.replace(/[?#].*$/s, "").slice(0, pathLengthMax);
    const request = { ...place, method, host: host.slice(0, hostLengthMax), path };
    const of = this.#hostOf(request.host);
    if (of) of.requests++;
    const waiting = this.#waiting.get(place.stream);
    if (waiting && waiting.length < waitingCountMax) waiting.push(request);
    else if (!waiting && this.#waiting.size < streamCountMax)
      this.#waiting.set(place.stream, [request]);
    else this.#overflow++;
  }

  /** A response, at its first byte. Interim ones (1xx) are followed by the one that counts. */
  response(place: MessagePlace, status: number): void {
    if (status >= 100 && status < 200 && status !== 101) return;
    this.#responses++;
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    const waiting = this.#waiting.get(place.stream);
    const request = waiting?.shift();
    if (waiting?.length === 0) this.#waiting.delete(place.stream);
    const time = request && elapsed(request, place);
    const exchange = (): HttpExchange => ({
      stream: place.stream,
      method: request?.method ?? null,
      host: request?.host ?? null,
      path: request?.path ?? null,
      status,
      requestFrame: request?.frame ?? null,
      responseFrame: place.frame,
      timeToFirstByte: durationText(time ?? null),
    });
    const host = request && this.#hostOf(request.host);
    if (time !== undefined) {
      this.#times.add(time);
      host?.times.add(time);
      this.#slowest.offer(time, exchange);
    }
    if (status < 400 || status >= 600) return;
    if (host && status >= 500) host.serverErrors++;
    else if (host) host.clientErrors++;
    if (status >= 500 && this.#failures.length < exchangeToldMax) this.#failures.push(exchange());
  }

  result(): HttpSummary {
    const waiting = Array.from(this.#waiting.values(), (requests) => requests.length);
    return {
      requests: this.#requests,
      responses: this.#responses,
      unanswered: waiting.reduce((sum, count) => sum + count, 0),
      methods: Object.fromEntries(this.#methods),
      statuses: Object.fromEntries(
        Array.from(this.#statuses, ([status, count]) => [String(status), count]),
      ),
      medianTimeToFirstByte: durationText(this.#times.percentile(0.5)),
      p95TimeToFirstByte: durationText(this.#times.percentile(0.95)),
      slowest: this.#slowest.result(),
      failures: this.#failures,
      hosts: this.#hostRows(),
      notFollowed: this.#overflow,
    };
  }

  #hostOf(name: string): Host | null {
    const known = this.#hosts.get(name);
    if (known) return known;
    if (this.#hosts.size >= hostCountMax) return null;
    const host = { requests: 0, clientErrors: 0, serverErrors: 0, times: new DurationSample() };
    this.#hosts.set(name, host);
    return host;
  }

  #hostRows(): HttpHost[] {
    return Array.from(this.#hosts)
      .toSorted(([, one], [, other]) => other.requests - one.requests)
      .slice(0, hostToldMax)
      .map(([host, { requests, clientErrors, serverErrors, times }]) => ({
        host,
        requests,
        clientErrors,
        serverErrors,
        medianTimeToFirstByte: durationText(times.percentile(0.5)),
      }));
  }
}

const elapsed = (from: MessagePlace, to: MessagePlace): number =>
  Math.max(0, (to.seconds - from.seconds) * 1e9 + to.nanoseconds - from.nanoseconds);
