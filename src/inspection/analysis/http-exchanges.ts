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
const hostLengthMax = 255;

/** When and where a message was seen. */
export interface MessagePlace {
  stream: number;
  frame: number;
  seconds: number;
  nanoseconds: number;
}

/** What is told of a request, without the query of its target. */
export interface RequestFacts {
  method: string;
  host: string;
  path: string;
}

interface Request extends MessagePlace, RequestFacts {
  /** The one behind it in its stream. */
  next: Request | null;
}

/** Requests of one stream that wait for their answer, the oldest first. */
interface Waiting {
  first: Request | null;
  last: Request | null;
  count: number;
}

interface Host {
  requests: number;
  clientErrors: number;
  serverErrors: number;
  times: DurationSample;
}

/** Pairs HTTP/1 requests with their responses, in the order of each stream (RFC 9112, 9.3). */
export class HttpExchanges {
  readonly #waiting = new Map<number, Waiting>();
  readonly #hosts = new Map<string, Host>();
  readonly #methods = new Map<string, number>();
  readonly #statuses = new Map<number, number>();
  readonly #times = new DurationSample();
  readonly #slowest = new TopList<HttpExchange>(exchangeToldMax);
  readonly #failures: HttpExchange[] = [];
  #requests = 0;
  #responses = 0;
  #overflow = 0;

  /** A request that was sent whole. */
  request(place: MessagePlace, { method, host, path }: RequestFacts): void {
    this.#requests++;
    this.#countMethod(method);
    const { stream, frame, seconds, nanoseconds } = place;
    const name = host.slice(0, hostLengthMax);
    const of = this.#hostOf(name);
    if (of) of.requests++;
    const request = { stream, frame, seconds, nanoseconds, method, host: name, path, next: null };
    this.#wait(request);
  }

  #countMethod(method: string): void {
    const count = this.#methods.get(method);
    if (count !== undefined || this.#methods.size < methodCountMax)
      this.#methods.set(method, (count ?? 0) + 1);
  }

  #wait(request: Request): void {
    const waiting = this.#waiting.get(request.stream);
    if (waiting && waiting.count < waitingCountMax) append(waiting, request);
    else if (!waiting && this.#waiting.size < streamCountMax)
      this.#waiting.set(request.stream, { first: request, last: request, count: 1 });
    else this.#overflow++;
  }

  /** A response, at its first byte. Interim ones (1xx) are followed by the one that counts. */
  response(place: MessagePlace, status: number): void {
    if (status >= 100 && status < 200 && status !== 101) return;
    this.#responses++;
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    const waiting = this.#waiting.get(place.stream);
    const request = waiting ? removeFirst(waiting) : null;
    if (waiting?.count === 0) this.#waiting.delete(place.stream);
    const host = request && this.#hostOf(request.host);
    const time = request && elapsed(request, place);
    if (time !== null) {
      this.#times.add(time);
      host?.times.add(time);
      if (this.#slowest.keeps(time))
        this.#slowest.offer(time, () => exchangeOf(request, place, status));
    }
    if (status < 400 || status >= 600) return;
    if (host && status >= 500) host.serverErrors++;
    else if (host) host.clientErrors++;
    if (status >= 500 && this.#failures.length < exchangeToldMax)
      this.#failures.push(exchangeOf(request, place, status));
  }

  result(): HttpSummary {
    const waiting = Array.from(this.#waiting.values(), ({ count }) => count);
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

function exchangeOf(request: Request | null, place: MessagePlace, status: number): HttpExchange {
  return {
    stream: place.stream,
    method: request?.method ?? null,
    host: request?.host ?? null,
    path: request?.path ?? null,
    status,
    requestFrame: request?.frame ?? null,
    responseFrame: place.frame,
    timeToFirstByte: durationText(request && elapsed(request, place)),
  };
}

function append(waiting: Waiting, request: Request): void {
  if (waiting.last) waiting.last.next = request;
  else waiting.first = request;
  waiting.last = request;
  waiting.count++;
}

function removeFirst(waiting: Waiting): Request | null {
  const { first } = waiting;
  if (!first) return null;
  waiting.first = first.next;
  if (!waiting.first) waiting.last = null;
  waiting.count--;
  return first;
}

const elapsed = (from: MessagePlace, to: MessagePlace): number =>
  Math.max(0, (to.seconds - from.seconds) * 1e9 + to.nanoseconds - from.nanoseconds);
