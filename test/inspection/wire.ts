// Captures of made-up traffic, for tests of analyses and findings: hosts talk, the wire is recorded.
import { inspect } from "../../src/inspection/inspect.ts";
import type { Inspection } from "../../src/inspection/inspection.ts";
import { chunksOf } from "./captures.ts";

export interface End {
  address: string;
  port: number;
}

export const end = (text: string): End => {
  const [address = "", port = "0"] = text.split(":");
  return { address, port: Number(port) };
};

const flagBits = { fin: 1, syn: 2, rst: 4, push: 8, ack: 16 };

export interface SegmentOptions {
  flags: readonly (keyof typeof flagBits)[];
  sequence?: number;
  ack?: number;
  window?: number;
  payload?: string | Uint8Array;
  /** Checksums as a host that leaves them to its network card records them. */
  unfilled?: boolean;
}

/** What one side says in a talk, and when after the line before it. */
export interface Line {
  from: "client" | "server";
  says: string | Uint8Array;
  afterMs?: number;
}

/** Records packets at times in milliseconds since the capture's first second. */
export class Wire {
  readonly #packets: { ms: number; bytes: Uint8Array }[] = [];

  udp(ms: number, from: string, to: string, payload: string | Uint8Array): this {
    const [source, destination] = [end(from), end(to)];
    const body = bytesOf(payload);
    const header = Buffer.alloc(8);
    header.writeUInt16BE(source.port, 0);
    header.writeUInt16BE(destination.port, 2);
    header.writeUInt16BE(8 + body.length, 4);
    return this.ip(ms, source.address, destination.address, 17, Buffer.concat([header, body]));
  }

  tcp(ms: number, from: string, to: string, options: SegmentOptions): this {
    const [source, destination] = [end(from), end(to)];
    const header = Buffer.alloc(20);
    header.writeUInt16BE(source.port, 0);
    header.writeUInt16BE(destination.port, 2);
    header.writeUInt32BE((options.sequence ?? 1) >>> 0, 4);
    header.writeUInt32BE((options.ack ?? 0) >>> 0, 8);
    header[12] = 0x50;
    header[13] = options.flags.reduce((sum, flag) => sum | flagBits[flag], 0);
    header.writeUInt16BE(options.window ?? 65_000, 14);
    if (options.unfilled) header.writeUInt16BE(0xbeef, 16);
    const bytes = Buffer.concat([header, bytesOf(options.payload ?? "")]);
    return this.ip(ms, source.address, destination.address, 6, bytes);
  }

  /** A connection: handshake in `rttMs`, lines, and an orderly end unless told. */
  talk(
    ms: number,
    client: string,
    server: string,
    { lines = [], rttMs = 10, closes = true }: { lines?: Line[]; rttMs?: number; closes?: boolean },
  ): this {
    let at = ms;
    const next = { client: 1_001, server: 5_001 };
    this.tcp(at, client, server, { flags: ["syn"], sequence: 1_000 });
    at += rttMs;
    this.tcp(at, server, client, { flags: ["syn", "ack"], sequence: 5_000, ack: 1_001 });
    this.tcp(at, client, server, { flags: ["ack"], sequence: 1_001, ack: 5_001 });
    for (const { from, says, afterMs = 1 } of lines) {
      at += afterMs;
      const [one, other] = from === "client" ? [client, server] : [server, client];
      const back = from === "client" ? "server" : "client";
      const place = { sequence: next[from], ack: next[back] };
      this.tcp(at, one, other, { flags: ["push", "ack"], ...place, payload: says });
      next[from] += bytesOf(says).length;
    }
    if (!closes) return this;
    this.tcp(at + 1, client, server, {
      flags: ["fin", "ack"],
      sequence: next.client,
      ack: next.server,
    });
    this.tcp(at + 2, server, client, {
      flags: ["fin", "ack"],
      sequence: next.server,
      ack: next.client + 1,
    });
    return this.tcp(at + 2, client, server, {
      flags: ["ack"],
      sequence: next.client + 1,
      ack: next.server + 1,
    });
  }

  ip(ms: number, from: string, to: string, protocol: number, payload: Uint8Array): this {
    const header = Buffer.alloc(20);
    header[0] = 0x45;
    header.writeUInt16BE(Math.min(65_535, 20 + payload.length), 2);
    header[8] = 64;
    header[9] = protocol;
    header.set(from.split(".").map(Number), 12);
    header.set(to.split(".").map(Number), 16);
    const ethernet = Buffer.from("0200000000020200000000010800", "hex");
    this.#packets.push({ ms, bytes: Buffer.concat([ethernet, header, payload]) });
    return this;
  }

  /** The recording, in the order of time, as pcap with nanoseconds. */
  file(): Uint8Array {
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b23c4d, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(262_144, 16);
    header.writeUInt32LE(1, 20);
    const sorted = this.#packets.toSorted((one, other) => one.ms - other.ms);
    const records = sorted.flatMap(({ ms, bytes }) => {
      const record = Buffer.alloc(16);
      record.writeUInt32LE(1_700_000_000 + Math.floor(ms / 1_000), 0);
      record.writeUInt32LE(Math.round((ms % 1_000) * 1e6), 4);
      record.writeUInt32LE(bytes.length, 8);
      record.writeUInt32LE(bytes.length, 12);
      return [record, bytes];
    });
    return new Uint8Array(Buffer.concat([header, ...records]));
  }

  inspect(): Promise<Inspection> {
    return inspect(chunksOf(this.file()));
  }
}

const bytesOf = (payload: string | Uint8Array): Uint8Array =>
  typeof payload === "string" ? Buffer.from(payload, "latin1") : payload;

/** A DNS question for a name, or its answer with a code and no records. */
export function dnsMessage(
  id: number,
  name: string,
  responseCode: number | null = null,
): Uint8Array {
  const labels = name.split(".").map((label) => String.fromCharCode(label.length) + label);
  const flags = responseCode === null ? [0x01, 0x00] : [0x81, 0x80 | responseCode];
  const header = [id >> 8, id & 255, ...flags, 0, 1, 0, 0, 0, 0, 0, 0];
  return Buffer.concat([
    Buffer.from(header),
    Buffer.from(`${labels.join("")}\0`, "latin1"),
    Buffer.from([0, 1, 0, 1]),
  ]);
}
