// LDAP, also signed by SASL and over TLS that was asked for, SQL Server, and Kerberos in datagrams.
import { describe, expect, test } from "vitest";
import { datagram, pathsOf, pathsOfCut, tcpConversation, type Message } from "./conversation.ts";

const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");
const size = (text: string): number => text.replaceAll(/\s/gu, "").length / 2;
const big = (value: number, bytes: number): string => value.toString(16).padStart(bytes * 2, "0");

const element = (tag: string, content: string): string =>
  `${tag}${big(size(content), 1)}${content}`;
const message = (operation: string): string => element("30", `020101${operation}`);
const unbind = message("4200");

describe("LDAP", () => {
  const paths = (...messages: readonly Message[]): Promise<string[]> =>
    pathsOf(tcpConversation(389, messages));
  const request = message(element("77", element("80", ascii("1.3.6.1.4.1.1466.20037"))));
  const response = (code: string): string => message(element("78", `0a01${code} 0400 0400`));
  const record = "1603030004 00000000";

  test("messages of one segment show one after another", async () => {
    expect(await paths({ payload: unbind + unbind })).toEqual(["ldap/ldap 1"]);
  });

  test("what SASL protects is put together by the length before it", async () => {
    const shown = await paths({ payload: "00000008 0001" }, { payload: "020304050607" });
    expect(shown).toEqual(["tcp.segments/ldap 1"]);
  });

  test("TLS follows where it was asked for and granted", async () => {
    const answer = { payload: response("00"), fromServer: true };
    expect(await paths({ payload: request }, answer, { payload: record })).toEqual([
      "ldap 2",
      "tls 1",
    ]);
  });

  test("a message that the capture cuts is short", async () => {
    const [packet = ""] = tcpConversation(389, [{ payload: unbind }]);
    expect(await pathsOfCut(packet, 2)).toEqual(["ldap/_ws.short 1"]);
  });

  test("without it bytes of TLS show nothing", async () => {
    const answer = { payload: response("02"), fromServer: true };
    expect(await paths({ payload: request }, answer, { payload: record })).toEqual(["ldap 2"]);
  });
});

describe("SQL Server", () => {
  const request = "0101000c00000100 41004200";
  test.each([
    ["two packets of one segment", request + request, "tds/tds 1"],
    ["a packet without a length", "0101000000000000", undefined],
    ["TLS behind the first packets", "1703030004 00000000", "tls 1"],
  ])("%s", async (_, payload, expected) => {
    const shown = await pathsOf(tcpConversation(1433, [{ payload }]));
    expect(shown).toEqual(expected === undefined ? [] : [expected]);
  });
});

describe("datagrams", () => {
  test.each([
    ["Kerberos", 88, "6a03a10302", "kerberos 1"],
    ["what is none on its port", 88, ascii("hello"), "data 1"],
    ["a remote desktop's", 3389, "00".repeat(40), "rdpudp 1"],
    ["a remote desktop's that is too short", 3389, "00000000", "rdpudp/_ws.malformed 1"],
  ])("%s", async (_, port, payload, expected) => {
    expect(await pathsOf([datagram(port, { payload })])).toEqual([expected]);
  });
});
