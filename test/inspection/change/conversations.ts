// What programs do, in packets: connections, look-ups, probes.
import { flag, type End, host, resolver, type Traffic } from "./traffic.ts";

/** One exchange on a connection: who sends how much, and after how long. */
export interface Turn {
  from: "client" | "server";
  bytes: number | Uint8Array;
  /** Milliseconds since the turn before. */
  after: number;
}

const segmentSize = 1_400;
/** Of a round trip on the network of the tests, milliseconds. */
const roundTrip = 1;

/** A whole TCP connection with its handshake; the time that it ends. */
export function connection(
  traffic: Traffic,
  time: number,
  { client, server }: { client: End; server: End },
  turns: readonly Turn[],
): number {
  const talk = new Talk(traffic, client, server);
  let now = talk.open(time);
  for (const turn of turns) {
    now += turn.after;
    now = talk.send(now, turn);
  }
  return talk.close(now + 1);
}

/** Both sequence numbers of a connection. */
export class Talk {
  readonly #traffic: Traffic;
  readonly #ends: { client: End; server: End };
  readonly #next = { client: 1_000, server: 5_000 };

  constructor(traffic: Traffic, client: End, server: End) {
    this.#traffic = traffic;
    this.#ends = { client, server };
  }

  open(time: number): number {
    this.#segment(time, "client", flag.syn);
    this.#next.client++;
    this.#segment(time + roundTrip / 2, "server", flag.syn | flag.ack);
    this.#next.server++;
    this.#segment(time + roundTrip, "client", flag.ack);
    return time + roundTrip;
  }

  send(time: number, { from, bytes }: Omit<Turn, "after">): number {
    const payload = typeof bytes === "number" ? filler(bytes) : bytes;
    let now = time;
    for (let at = 0; at < payload.length; at += segmentSize) {
      const piece = payload.subarray(at, at + segmentSize);
      this.#segment(now, from, flag.push | flag.ack, piece);
      this.#next[from] += piece.length;
      now += 0.05;
    }
    this.#segment(now + roundTrip / 2, from === "client" ? "server" : "client", flag.ack);
    return now + roundTrip / 2;
  }

  /** Sends the same bytes as the last segment of that size once more. */
  resend(time: number, from: "client" | "server", size: number): void {
    const next = this.#next[from];
    this.#next[from] = next - size;
    this.#segment(time, from, flag.push | flag.ack, filler(size));
    this.#next[from] = next;
  }

  /** The client has room for so many bytes. */
  offer(time: number, window: number): void {
    const { client, server } = this.#ends;
    const { client: sequence, server: ack } = this.#next;
    this.#traffic.tcp(time, client, server, { sequence, ack, flags: flag.ack, window });
  }

  close(time: number): number {
    this.#segment(time, "client", flag.fin | flag.ack);
    this.#next.client++;
    this.#segment(time + roundTrip / 2, "server", flag.fin | flag.ack);
    this.#next.server++;
    this.#segment(time + roundTrip, "client", flag.ack);
    return time + roundTrip;
  }

  #segment(time: number, from: "client" | "server", flags: number, payload?: Uint8Array): void {
    const to = from === "client" ? "server" : "client";
    const ack = (flags & flag.ack) === 0 ? 0 : this.#next[to];
    this.#traffic.tcp(time, this.#ends[from], this.#ends[to], {
      sequence: this.#next[from],
      ack,
      flags,
      ...(payload && { payload }),
    });
  }
}

/** Bytes that no protocol begins with. */
export const filler = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, at) => 0x80 | ((at * 31) & 0x7f));

/** A SYN that gets a reset, an answer without an end, or nothing. */
export function probe(
  traffic: Traffic,
  time: number,
  { client, server }: { client: End; server: End },
  answer: "reset" | "synAck" | "nothing",
): void {
  traffic.tcp(time, client, server, { sequence: 7, ack: 0, flags: flag.syn });
  if (answer === "nothing") return;
  const flags = (answer === "reset" ? flag.rst : flag.syn) | flag.ack;
  traffic.tcp(time + 0.5, server, client, { sequence: 9, ack: 8, flags });
}

export const http = (name: string): Uint8Array =>
  Buffer.from(`GET /index.html HTTP/1.1\r\nHost: ${name}\r\nAccept: */*\r\n\r\n`);

export const httpAnswer = (size: number): Uint8Array =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`),
    Buffer.alloc(size, 120),
  ]);

/** A look-up and its answer: an address of four bytes, or no such name. */
export function lookUp(
  traffic: Traffic,
  time: number,
  name: string,
  { address = null, took = 1 }: { address?: string | null; took?: number } = {},
): void {
  const client = { address: host, port: traffic.port() };
  const server = { address: resolver, port: 53 };
  traffic.udp(time, client, server, dnsMessage(name, null, false));
  traffic.udp(time + took, server, client, dnsMessage(name, address, true));
}

function dnsMessage(name: string, address: string | null, isResponse: boolean): Uint8Array {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(name.length * 7 + 1, 0);
  header.writeUInt16BE(isResponse ? (address === null ? 0x8183 : 0x8180) : 0x0100, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(address === null ? 0 : 1, 6);
  const labels = name
    .split(".")
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const question = Buffer.concat([...labels, Buffer.from("0000010001", "hex")]);
  if (address === null) return Buffer.concat([header, question]);
  const record = Buffer.from("c00c00010001000000ff0004", "hex");
  return Buffer.concat([header, question, record, Buffer.from(address.split(".").map(Number))]);
}

/** What a quiet host does: a page now and then, a look-up, the time. */
export function background(traffic: Traffic, from: number, to: number): void {
  const web = { address: "192.0.2.80", port: 80 };
  for (let time = from; time < to - 200; time += 1_000) {
    lookUp(traffic, time, "www.example.org", { address: web.address });
    connection(
      traffic,
      time + 20,
      { client: { address: host, port: traffic.port() }, server: web },
      [
        { from: "client", bytes: http("www.example.org"), after: 1 },
        { from: "server", bytes: httpAnswer(3_000), after: 2 },
      ],
    );
  }
  for (let time = from + 300; time < to - 100; time += 4_000) {
    const client = { address: host, port: 123 };
    const server = { address: "192.0.2.123", port: 123 };
    traffic.udp(time, client, server, Buffer.alloc(48, 0x1b));
    traffic.udp(time + 4, server, client, Buffer.alloc(48, 0x1c));
  }
}
