import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createDumpcapMessageParser } from "../../src/capture/dumpcap-messages.ts";

function message(type: string, body: Buffer | string): Buffer {
  const bytes = Buffer.concat([Buffer.from(body), Buffer.from([0])]);
  return Buffer.concat([header(type, bytes.length), bytes]);
}

function header(type: string, size: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.write(type);
  bytes.writeUIntBE(size, 1, 3);
  return bytes;
}

function errorMessage(primary: string, secondary: string): Buffer {
  const inner = Buffer.concat([message("E", primary), message("E", secondary)]);
  return Buffer.concat([header("E", inner.length), inner]);
}

function parse(...chunks: Uint8Array[]): unknown[] {
  const parser = createDumpcapMessageParser();
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
}

const everything = Buffer.concat([
  Buffer.from("setpriv: a warning\n"),
  message("F", "/var/a.pcapng"),
  message("P", "94"),
  message("D", "7:eth0"),
  message("B", "0:can't parse filter expression: syntax error"),
  errorMessage('There is no device named "nope0".\n(No such device exists)', ""),
  errorMessage("one", "two"),
  message("S", "ignored"),
  Buffer.from("Error: not a message"),
]);

const expected = [
  { type: "text", text: "setpriv: a warning" },
  { type: "file", path: "/var/a.pcapng" },
  { type: "packets", count: 94 },
  { type: "drops", count: 7, interfaceName: "eth0" },
  { type: "badFilter", message: "can't parse filter expression: syntax error" },
  { type: "error", message: 'There is no device named "nope0". (No such device exists)' },
  { type: "error", message: "one; two" },
  { type: "text", text: "Error: not a message" },
];

test("each message is read, and what is no message is text", () => {
  expect(parse(everything)).toEqual(expected);
});

test("messages that arrive in pieces of any size are the same messages", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(everything.length), { maxLength: 20 }), (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), everything.length];
      const chunks = edges.slice(1).map((end, index) => everything.subarray(edges[index], end));
      expect(parse(...chunks)).toEqual(expected);
    }),
  );
});

test("counts that are no numbers are 0", () => {
  expect(parse(message("P", "-1"), message("D", "x"))).toEqual([
    { type: "packets", count: 0 },
    { type: "drops", count: 0, interfaceName: "" },
  ]);
});

test("a line without an end is given out in bounded pieces", () => {
  const texts = parse(Buffer.alloc(200_000, "x")).map((each) => (each as { text: string }).text);
  expect(texts.map((text) => text.length)).toEqual([65_536, 65_536, 65_536, 3_392]);
});

test("random bytes never throw", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
      expect(Array.isArray(parse(...chunks))).toBe(true);
    }),
  );
});
