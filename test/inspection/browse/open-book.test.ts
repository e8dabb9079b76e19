// A capture packet by packet: windows against the whole list, filters, layers and streams.
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { memoryRoom } from "../../../src/inspection/browse/decompressed-source.ts";
import { openBook } from "../../../src/inspection/browse/open-book.ts";
import type { FollowPiece, PacketRow } from "../../../src/inspection/browse/packet-book.ts";
import { compileFilter } from "../../../src/inspection/filter/filter.ts";
import { FilterError } from "../../../src/inspection/filter/filter-error.ts";
import { followStream } from "../../../src/inspection/follow/follow-stream.ts";
import { countPackets, type Packet } from "../../../src/inspection/packets.ts";
import { hex, pcap } from "../captures.ts";
import { ascii, inEthernet, word } from "../packets.ts";
import { bookOptions, filtered, fixture, fixtures, inMemory, listed, readBook } from "./books.ts";

/** A line of the list as a row has it. */
const told = (packet: Packet): Omit<PacketRow, "stream"> => ({
  number: packet.number,
  relativeTime: packet.relativeTime === null ? null : String(packet.relativeTime),
  time: packet.time === null ? null : String(packet.time),
  source: packet.source,
  destination: packet.destination,
  protocol: packet.protocol,
  length: packet.length,
  info: packet.info,
});

test("every window says of each packet what the list of all packets says", async () => {
  for (const { name, bytes } of fixtures) {
    const packets = (await listed(bytes)).map(told);
    const book = await readBook(bytes);
    for (let from = 0; from < packets.length; from += 7) {
      const { rows, packetCount } = await book.rows({ filter: "", from, count: 7 });
      expect(rows, name).toMatchObject(packets.slice(from, from + 7));
      expect(packetCount).toBe(packets.length);
    }
    await book.close();
  }
});

test("a filter's matches are those of the list, also where it looks ahead", async () => {
  const filters = [
    "tcp",
    "dns",
    "http.request",
    "tcp.flags.syn == 1 && !tcp.analysis.initial_rtt",
    "tcp.completeness == 31",
    "dns.response_in",
    "frame.number > 3",
  ];
  for (const { name, bytes } of fixtures) {
    const book = await readBook(bytes);
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes;
    };
    const counts = await countPackets(source, filters.map(compileFilter));
    const found = await Promise.all(filters.map((filter) => filtered(book, filter)));
    expect(
      found.map(({ length }) => length),
      name,
    ).toEqual(counts);
    await book.close();
  }
});

test("more filters than have a pass at a time, or are kept, all get their answers", async () => {
  const book = await readBook(fixture("http-dns.pcapng"));
  const filters = Array.from({ length: 12 }, (_, at) => `frame.number > ${at}`);
  const { packetCount } = await book.rows({ filter: "", from: 0, count: 0 });
  const found = await Promise.all(filters.map((filter) => filtered(book, filter)));
  expect(found.map(({ length }) => length)).toEqual(filters.map((_, at) => packetCount - at));
  await book.close();
});

test("a wrong filter is refused with its place, and the book goes on", async () => {
  const book = await readBook(fixture("http-dns.pcapng"));
  const wrong = book.rows({ filter: "tcp.prot == 80", from: 0, count: 1 });
  await expect(wrong).rejects.toThrow(FilterError);
  await expect(wrong).rejects.toMatchObject({ start: 0, end: 8 });
  expect((await filtered(book, "tcp")).length).toBeGreaterThan(0);
  await book.close();
});

test("a packet has its layers, and each field a filter that finds it and its bytes", async () => {
  const book = await readBook(fixture("http-dns.pcapng"));
  const [first = 0] = await filtered(book, "http.request");
  const { layers, data, row, missingBytes } = await book.packet(first);
  expect(layers.map(({ protocol }) => protocol)).toEqual(["frame", "eth", "ip", "tcp", "http"]);
  expect(layers[2]?.title).toBe(
    `Internet Protocol Version 4, Src: ${row.source}, Dst: ${row.destination}`,
  );
  const field = (name: string) =>
    layers.flatMap(({ fields }) => fields).find((each) => each.name === name);
  const method = field("http.request.method");
  expect(method).toMatchObject({ value: "GET", filter: 'http.request.method == "GET"' });
  const frame = Buffer.from(data[0]?.base64 ?? "", "base64");
  expect(String(frame.subarray(method?.range?.start, method?.range?.end))).toBe("GET");
  const port = field("tcp.dstport");
  expect(frame.readUInt16BE(port?.range?.start)).toBe(Number(port?.value));
  expect(port?.filter).toBe(`tcp.dstport == ${port?.value}`);
  expect(missingBytes).toBe(0);
  await book.close();
});

test("numbers of a message that is parsed as a whole have their bytes, and what is computed has none", async () => {
  const book = await readBook(fixture("http-dns.pcapng"));
  const [answer = 0] = await filtered(book, "dns.a");
  const { layers, data } = await book.packet(answer);
  const frame = Buffer.from(data[0]?.base64 ?? "", "base64");
  const placed = (layers.at(-1)?.fields ?? []).flatMap(({ name, range, value }) =>
    range ? [[name, value, frame.subarray(range.start, range.end).toString("hex")]] : [],
  );
  expect(placed).toEqual([
    ["dns.id", "0x1234", "1234"],
    ["dns.flags", "0x8180", "8180"],
    ["dns.count.queries", "1", "0001"],
    ["dns.count.answers", "1", "0001"],
    ["dns.count.auth_rr", "0", "0000"],
    ["dns.count.add_rr", "0", "0000"],
    ["dns.qry.type", "1 (A)", "0001"],
    ["dns.qry.class", "1 (IN)", "0001"],
    ["dns.resp.type", "1 (A)", "0001"],
    ["dns.resp.class", "1 (IN)", "0001"],
    ["dns.resp.ttl", "60", "0000003c"],
    ["dns.resp.len", "4", "0004"],
  ]);
  await book.close();
});

test("every packet of every fixture has layers whose ranges lie in what is shown, and filters that find it", async () => {
  for (const { name, bytes } of fixtures) {
    const book = await readBook(bytes);
    const { packetCount } = await book.rows({ filter: "", from: 0, count: 1 });
    const asked = new Map<string, number>();
    for (let number = 1; number <= packetCount; number += 3) {
      const { layers, data } = await book.packet(number);
      const sizes = data.map(({ base64 }) => Buffer.from(base64, "base64").length);
      for (const { range, filter, name: field } of layers.flatMap(({ fields }) => fields)) {
        if (range)
          expect(range.end, `${name} ${number} ${field}`).toBeLessThanOrEqual(
            sizes[range.data] ?? -1,
          );
        if (range) expect(range.start).toBeGreaterThanOrEqual(0);
        if (filter !== null && asked.size < 60) asked.set(filter, number);
      }
    }
    for (const [filter, number] of asked)
      expect(await filtered(book, filter), `${name}: ${filter}`).toContain(number);
    await book.close();
  }
});

test("pages of a stream are together what following it gives", async () => {
  const bytes = fixture("http-dns.pcapng");
  const book = await readBook(bytes);
  for (const protocol of ["tcp", "udp"] as const) {
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes;
    };
    const whole: string[] = [];
    for await (const { side, frame, bytes: piece } of followStream(source(), {
      protocol,
      stream: 0,
    }))
      whole.push(`${side} ${frame} ${Buffer.from(piece).toString("base64")}`);
    const pieces: FollowPiece[] = [];
    for (let next: number | null = 0; next !== null;) {
      const page = await book.follow({ protocol, stream: 0, from: next, bytesMax: 100 });
      pieces.push(...page.pieces);
      next = page.next;
    }
    expect(pieces.map(({ side, frame, base64 }) => `${side} ${frame} ${base64}`)).toEqual(whole);
    expect(whole.length).toBeGreaterThan(1);
    const again = await book.follow({ protocol, stream: 0, from: 1, bytesMax: 1 });
    expect(again.pieces).toEqual(pieces.slice(1, 2));
  }
  await book.close();
});

/** A segment of a connection between two hosts, from the client or back. */
function segment(isBack: boolean, [sequence, acknowledgment]: [number, number], text: string) {
  const hosts = ["c0000201", "c0000202"];
  const ports = ["c000", "0050"];
  const [from = "", to = ""] = isBack ? hosts.toReversed() : hosts;
  const [source = "", target = ""] = isBack ? ports.toReversed() : ports;
  const header = `4500${word(40 + text.length)}00000000400600 00${from}${to}`;
  const numbers = `${word(0)}${word(sequence)} ${word(0)}${word(acknowledgment)}`;
  return hex(
    inEthernet(`${header} ${source}${target} ${numbers} 5018 2000 0000 0000 ${ascii(text)}`),
  );
}

test("a stream with a gap says how much is missing", async () => {
  const packets = [
    segment(false, [1, 1], "abc"),
    segment(false, [10, 1], "xyz"),
    segment(true, [1, 13], ""),
  ];
  const book = await readBook(pcap(packets));
  const { pieces, problem, next } = await book.follow({
    protocol: "tcp",
    stream: 0,
    from: 0,
    bytesMax: 1_000,
  });
  const texts = pieces.map(({ base64 }) => Buffer.from(base64, "base64").toString("latin1"));
  expect(texts).toEqual(["abc", "[6 bytes missing in capture file]\0", "xyz"]);
  expect(problem).toBe("6 bytes are missing in the capture, at one place so far");
  expect(next).toBeNull();
  await book.close();
});

test("a compressed file is laid out once, up to a limit, and refused without room", async () => {
  const bytes = fixture("http-dns.pcapng");
  const compressed = new Uint8Array(gzipSync(bytes));
  const book = await readBook(compressed, { ...bookOptions, room: memoryRoom(bytes.length) });
  const { packetCount } = await book.rows({ filter: "", from: 0, count: 1 });
  expect(packetCount).toBe((await listed(bytes)).length);
  await book.close();
  const small = { ...bookOptions, room: memoryRoom(bytes.length - 1) };
  await expect(openBook(inMemory(compressed), small)).rejects.toThrow(/more than/);
  await expect(openBook(inMemory(compressed), bookOptions)).rejects.toThrow(/compressed/);
});

test("what is no capture is refused, and a packet that is not there has a clear error", async () => {
  await expect(openBook(inMemory(new Uint8Array(100)), bookOptions)).rejects.toThrow(
    /neither pcap/,
  );
  const book = await readBook(fixture("http-dns.pcapng"));
  await expect(book.packet(100_000)).rejects.toThrow(/no packet 100000/);
  await expect(book.packet(0)).rejects.toThrow(/no packet 0/);
  await book.close();
});

test("damaged files end a book early or are refused, and never hang or throw anything else", async () => {
  let seed = 7;
  const random = (max: number): number => (seed = (seed * 48_271) % 2_147_483_647) % max;
  for (let round = 0; round < 120; round++) {
    const { bytes } = fixtures[round % fixtures.length] ?? { bytes: new Uint8Array(0) };
    const damaged = bytes.slice(0, 24 + random(bytes.length));
    for (let change = 0; change < 20; change++) damaged[random(damaged.length)] = random(256);
    const book = await readBook(damaged).catch(() => null);
    if (!book) continue;
    const { rows, packetCount } = await book.rows({ filter: "", from: 0, count: 50 });
    expect(rows.length).toBeLessThanOrEqual(packetCount);
    await filtered(book, "tcp.analysis.flags || dns || ip.ttl < 9");
    if (packetCount > 0) await book.packet(1 + random(packetCount));
    await book.follow({ protocol: "tcp", stream: 0, from: 0, bytesMax: 10_000 });
    await book.close();
  }
});
