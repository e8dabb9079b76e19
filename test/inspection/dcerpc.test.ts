// DCE/RPC over TCP and UDP: which interface a call is of is known from the bind before it.
import { describe, expect, test } from "vitest";
import { datagram, pathsOf, tcpConversation } from "./conversation.ts";

const little = (value: number, digits: number): string =>
  (value.toString(16).padStart(digits, "0").match(/../gu) ?? []).toReversed().join("");

/** A fragment: type, flags, the number of its call, and what follows its header. */
function pdu(type: number, body: string, { flags = 3, call = 1 } = {}): string {
  const size = 16 + body.replaceAll(" ", "").length / 2;
  return `0500${little(type, 2)}${little(flags, 2)}10000000${little(size, 4)}0000${little(call, 8)}${body}`;
}

const samr = "785734123412cdabef000123456789ac 01000000";
const unknown = "00000000000000000000000000000009 01000000";
const ndr = "045d888aeb1cc9119fe808002b104860 02000000";
const bind = (abstract: string): string => `b810b81000000000 01000000 00000100 ${abstract} ${ndr}`;
const request = "00000000 0000 0500 01020304";
const response = "00000000 0000 0000 01020304";

describe("over TCP", () => {
  test("a call and its answer are of the interface that was bound", async () => {
    const packets = tcpConversation(49_668, [
      { payload: pdu(11, bind(samr)) },
      { payload: pdu(12, "00", { call: 1 }), fromServer: true },
      { payload: pdu(0, request, { call: 2 }) },
      { payload: pdu(2, response, { call: 2 }), fromServer: true },
      { payload: pdu(3, response, { call: 2 }), fromServer: true },
    ]);
    expect(await pathsOf(packets)).toEqual(["dcerpc 3", "dcerpc/samr 2"]);
  });

  test("a message in parts shows its interface in the last", async () => {
    const packets = tcpConversation(49_668, [
      { payload: pdu(11, bind(samr)) },
      { payload: pdu(0, request, { flags: 1, call: 2 }) },
      { payload: pdu(0, request, { flags: 2, call: 2 }) },
    ]);
    expect(await pathsOf(packets)).toEqual(["dcerpc 2", "dcerpc/dcerpc.fragments/samr 1"]);
  });

  test("an interface that nobody knows has no name, nor has an answer to nothing", async () => {
    const packets = tcpConversation(49_668, [
      { payload: pdu(11, bind(unknown)) },
      { payload: pdu(0, request, { call: 2 }) },
      { payload: pdu(2, response, { call: 7 }), fromServer: true },
    ]);
    expect(await pathsOf(packets)).toEqual(["dcerpc 3"]);
  });

  test("a password that is set by Netlogon is malformed, as tshark reads it", async () => {
    const netlogon = "78563412 3412 cdab ef00 01234567cffb 01000000";
    const packets = tcpConversation(49_668, [
      { payload: pdu(11, bind(netlogon)) },
      { payload: pdu(0, "00000000 0000 1e00 01020304", { call: 2 }) },
      { payload: pdu(2, response, { call: 2 }), fromServer: true },
    ]);
    expect(await pathsOf(packets)).toEqual(["dcerpc 1", "dcerpc/rpc_netlogon/_ws.malformed 2"]);
  });

  test("a PDU in two segments shows in the second", async () => {
    const whole = pdu(11, bind(samr)).replaceAll(" ", "");
    const packets = tcpConversation(49_668, [
      { payload: whole.slice(0, 80) },
      { payload: whole.slice(80) },
    ]);
    expect(await pathsOf(packets)).toEqual(["tcp.segments/dcerpc 1"]);
  });
});

describe("over UDP", () => {
  const header = (type: string, flags: string, body: string): string =>
    `04${type}${flags}00100000 00 ${"00".repeat(16)} 0100a0de976cd111827100a02442df7d ${"11".repeat(16)}
     00000000 01000000 00000000 0000 ffff ffff ${little(body.length / 2, 4)} 0000 00 00 ${body}`;
  test.each([
    ["a request", header("00", "20", "00000000"), "dcerpc/pn_io_device 1"],
    ["a request's part that is not the last", header("00", "04", "00000000"), "dcerpc 1"],
    ["a ping", header("01", "00", ""), "dcerpc 1"],
    ["a version that is none", header("00", "20", "00").replace(/^04/u, "03"), "data 1"],
  ])("%s", async (_, payload, expected) => {
    const text = payload.replaceAll(/\s/gu, "");
    expect(await pathsOf([datagram(34_964, { payload: text })])).toEqual([expected]);
  });
});
