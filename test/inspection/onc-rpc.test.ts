// ONC RPC in datagrams and streams, recognized by a call of a program that is known.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { datagram, pathsOf, pathsOfCut, tcpConversation } from "./conversation.ts";

const hex32 = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
const nfs = 100_003;
const none = "00000000 00000000";

const call = (program: number, number: number, credentials = none): string =>
  `${hex32(number)} 00000000 00000002 ${hex32(program)} 00000003 00000000 ${credentials} ${none}`;
const answer = (number: number, state = 0): string =>
  `${hex32(number)} 00000001 00000000 ${none} ${hex32(state)}`;

function fragment(message: string, isLast = true): string {
  const size = message.replaceAll(/\s/gu, "").length / 2;
  return `${hex32((isLast ? 0x80000000 : 0) + size)} ${message}`;
}

describe("datagrams", () => {
  const exchange = (first: string, second: string): Promise<string[]> =>
    pathsOf([
      datagram(40_000, { payload: first }),
      datagram(40_000, { payload: second, fromServer: true }),
    ]);

  test.each([
    ["a call and its answer", call(nfs, 1), answer(1), ["rpc/nfs 2"]],
    ["an answer to nothing", call(nfs, 1), answer(2), ["data 1", "rpc/nfs 1"]],
    ["an answer that says no", call(nfs, 1), answer(1, 1), ["rpc 1", "rpc/nfs 1"]],
    ["a program that nobody knows", call(123_456, 1), answer(1), ["data 2"]],
    [
      "a call that is encrypted",
      call(nfs, 1, "00000006 00000010 00000001 00000000 00000001 00000003"),
      answer(1),
      ["rpc/text/nfs 2"],
    ],
  ])("%s", async (_, first, second, expected) => {
    expect(await exchange(first, second)).toEqual(expected);
  });

  test("on the port mapper's own port everything is", async () => {
    expect(await pathsOf([datagram(111, { payload: answer(9) })])).toEqual(["rpc 1"]);
  });
});

describe("streams", () => {
  test("two calls in one segment, and their answers", async () => {
    const packets = tcpConversation(2049, [
      { payload: `${fragment(call(nfs, 1))} ${fragment(call(nfs, 2))}` },
      { payload: fragment(answer(1)), fromServer: true },
      { payload: fragment(answer(2)), fromServer: true },
    ]);
    expect(await pathsOf(packets)).toEqual(["rpc/nfs 2", "rpc/nfs/rpc/nfs 1"]);
  });

  test("a call in two segments, and one in two fragments", async () => {
    const text = fragment(call(nfs, 1)).replaceAll(/\s/gu, "");
    const message = call(nfs, 2).replaceAll(/\s/gu, "");
    const packets = tcpConversation(2049, [
      { payload: text.slice(0, 60) },
      { payload: text.slice(60) },
      { payload: fragment(message.slice(0, 48), false) },
      { payload: fragment(message.slice(48)) },
    ]);
    expect(await pathsOf(packets)).toEqual(["rpc 1", "rpc/nfs 1", "tcp.segments/rpc/nfs 1"]);
  });

  test.each([
    ["behind its header", `${call(nfs, 1)} 00000000 00000000`, "rpc/nfs/_ws.short 1"],
    ["within it", call(nfs, 1), "rpc/_ws.short 1"],
  ])("a call that the capture cuts %s is short", async (_, message, expected) => {
    const [packet = ""] = tcpConversation(2049, [{ payload: fragment(message) }]);
    expect(await pathsOfCut(packet, 4)).toEqual([expected]);
  });

  test("whatever follows in the stream is its own", async () => {
    const packets = tcpConversation(2049, [
      { payload: fragment(call(nfs, 1)) },
      { payload: "68656c6c6f20776f726c64" },
    ]);
    expect(await pathsOf(packets)).toEqual(["rpc 1", "rpc/nfs 1"]);
  });

  test("random bytes never break it", async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
    const property = fc.asyncProperty(fc.array(bytes, { maxLength: 6 }), async (payloads) => {
      const messages = payloads.map((payload) => ({
        payload: Buffer.from(payload).toString("hex"),
      }));
      await pathsOf(tcpConversation(111, [{ payload: fragment(call(nfs, 1)) }, ...messages]));
    });
    await fc.assert(property, { numRuns: 100 });
  });
});
