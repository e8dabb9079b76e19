// Remote access: what shows of SSH before it is encrypted, and what ISO transport carries.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pathsOf, tcpConversation, type Message } from "./conversation.ts";

const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");
const big = (value: number, bytes: number): string => value.toString(16).padStart(bytes * 2, "0");
const size = (text: string): number => text.replaceAll(/\s/gu, "").length / 2;

const paths = (port: number, ...messages: readonly Message[]): Promise<string[]> =>
  pathsOf(tcpConversation(port, messages));

describe("SSH", () => {
  const greeting = ascii("SSH-2.0-x\r\n");
  const packet = (message: string): string => `${big(size(message) + 5, 4)} 04 ${message} 00000000`;
  const keyExchange = packet(`14 ${"00".repeat(60)}`).replaceAll(/\s/gu, "");
  const newKeys = packet("15");

  test("packets of the key exchange are put together", async () => {
    const shown = await paths(
      22,
      { payload: greeting },
      { payload: greeting, fromServer: true },
      { payload: keyExchange.slice(0, 40) },
      { payload: keyExchange.slice(40) },
    );
    expect(shown).toEqual(["ssh 2", "tcp.segments/ssh 1"]);
  });

  test("what is encrypted shows segment by segment", async () => {
    const shown = await paths(
      22,
      { payload: greeting },
      { payload: `${keyExchange} ${newKeys}` },
      { payload: "7fffffff 00000000" },
      { payload: "7fffffff" },
    );
    expect(shown).toEqual(["ssh 3", "ssh/_ws.malformed 1"]);
  });

  test("a server without a client agrees on nothing", async () => {
    const answers = [greeting, ascii("Invalid identification")];
    const messages = answers.map((payload) => ({ payload, fromServer: true }));
    expect(await paths(22, { payload: ascii("GET / HTTP/1.1") }, ...messages)).toEqual(["ssh 3"]);
  });

  test("version 1 does not count its padding", async () => {
    const message = `00000010${"00".repeat(24)}`;
    const shown = await paths(
      22,
      { payload: ascii("SSH-1.5-x\n") },
      { payload: message.slice(0, 20) },
      { payload: message.slice(20) },
    );
    expect(shown).toEqual(["ssh 1", "tcp.segments/ssh 1"]);
  });
});

const packet = (tpdu: string): string => `0300 ${big(4 + size(tpdu), 2)} ${tpdu}`;
const connect = (kind: string, rest: string): string =>
  packet(`${big(6 + size(rest), 1)} ${kind} 0000 0012 00 ${rest}`);
const data = (payload: string, isLast = true): string =>
  packet(`02 f0 ${isLast ? "80" : "00"} ${payload}`);
const s7 = "32010000cccc00080000f0000001000103c0";

describe("ISO transport", () => {
  test.each([
    ["a connection", connect("e0", "c0010a"), "tpkt/cotp 1"],
    ["Siemens S7", data(s7), "tpkt/cotp/s7comm 1"],
    ["something else", data(ascii("abcd")), "tpkt/cotp/data 1"],
    ["no TPDU", packet("0033"), "tpkt/data 1"],
    ["a segment that begins in the middle", ascii("in the middle"), "tpkt 1"],
    ["a channel of a conference", data("38000603ef"), "tpkt/cotp/t125 1"],
  ])("%s", async (_, payload, expected) => {
    expect(await paths(102, { payload })).toEqual([expected]);
  });

  test("a message in parts shows in the last", async () => {
    const shown = await paths(
      102,
      { payload: data(s7.slice(0, 10), false) },
      { payload: data(s7.slice(10)) },
    );
    expect(shown).toEqual(["tpkt/cotp 1", "tpkt/cotp/cotp.segments/s7comm 1"]);
  });
});

describe("ISO sessions", () => {
  const element = (tag: string, content: string): string =>
    `${tag}${big(size(content), 1)}${content}`;
  const context = (number: string, identifier: string): string =>
    element("30", `0201${number}${element("06", identifier)}`);
  const value = (number: string, content: string): string =>
    element("61", element("30", `0201${number}${element("a0", content)}`));
  const information = element("be", element("28", `020103${element("a0", "a800")}`));
  const offered = element("a4", context("01", "52010001") + context("03", "28ca220201"));
  const connection = element(
    "31",
    element("a2", offered + value("01", element("60", information))),
  );
  const begin = { payload: data(element("0d", element("c1", connection))) };

  test("MMS by the contexts that its connection names", async () => {
    const shown = await paths(102, begin, { payload: data(`01000100${value("03", "a000")}`) });
    expect(shown).toEqual(["tpkt/cotp/ses/pres/acse/mms 1", "tpkt/cotp/ses/ses/pres/mms 1"]);
  });

  test("without them the presentation only", async () => {
    expect(await paths(102, { payload: data(`01000100${value("03", "a000")}`) })).toEqual([
      "tpkt/cotp/ses/ses/pres 1",
    ]);
  });
});

describe("remote desktops", () => {
  const negotiation = { payload: connect("e0", "01 00 0800 03000000") };

  test("negotiation and settings, and what the conference carries then", async () => {
    const settings = data(`7f6582000a ${ascii("Duca")} 00000000`);
    const shown = await paths(
      3389,
      { payload: connect("e0", ascii("Cookie: mstshash=a\r\n")) },
      { payload: settings },
      { payload: data("64000603eb7003414243") },
      { payload: "00 06 01 02 03 04" },
    );
    expect(shown).toEqual([
      "rdp 1",
      "tpkt/cotp/rdp 1",
      "tpkt/cotp/t125/rdp 1",
      "tpkt/cotp/t125/t124/rdp 1",
    ]);
  });

  test("TLS after the negotiation is the middle of something", async () => {
    expect(await paths(3389, negotiation, { payload: "140303000101" })).toEqual([
      "tpkt 1",
      "tpkt/cotp/rdp 1",
    ]);
  });

  test("what does not begin so on the port is not", async () => {
    expect(await paths(3389, { payload: ascii("hello") })).toEqual(["data 1"]);
  });
});

describe("remote framebuffers", () => {
  const version = ascii("RFB 003.008\n");
  const greeting = [{ payload: version, fromServer: true }, { payload: version }];
  const choice = [{ payload: "0101", fromServer: true }, { payload: "01" }];
  const begin = [
    { payload: "00000000", fromServer: true },
    { payload: "01" },
    { payload: `0004 0003 ${"00".repeat(16)} 00000001 61`, fromServer: true },
  ];

  test("a handshake on any port, and what the client says then", async () => {
    const messages = [...greeting, ...choice, ...begin, { payload: "0301 00000000 0004 0003" }];
    expect(await paths(40_000, ...messages)).toEqual(["vnc 8"]);
  });

  test("a list of types that is not there is malformed", async () => {
    expect(await paths(5900, ...greeting, { payload: "02", fromServer: true })).toEqual([
      "vnc 2",
      "vnc/_ws.malformed 1",
    ]);
  });

  test("a refusal without its reason is too", async () => {
    const refusal = { payload: "00000001", fromServer: true };
    expect(await paths(5900, ...greeting, ...choice, refusal)).toEqual([
      "vnc 4",
      "vnc/_ws.malformed 1",
    ]);
  });
});

describe("random bytes", () => {
  test.each([22, 102, 135, 139, 445, 3389, 5900])("never break port %i", async (port) => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 120 });
    const begin = fc.constantFrom(
      "03000020",
      "02f080",
      "7f65",
      "fe534d42",
      "ff534d4225",
      "05000b03",
    );
    const message = fc.tuple(begin, bytes).map(([first, rest]) => ({
      payload: first + Buffer.from(rest).toString("hex"),
    }));
    const property = fc.asyncProperty(fc.array(message, { maxLength: 6 }), async (messages) => {
      await paths(port, ...messages);
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
