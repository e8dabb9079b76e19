// SMB in both versions: what pipes and mailslots carry shows below it.
import { describe, expect, test } from "vitest";
import { datagram, pathsOf, tcpConversation, type Message } from "./conversation.ts";
import { smbHeader, smbTransaction } from "./smb-bytes.ts";

const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");
const size = (text: string): number => text.replaceAll(/\s/gu, "").length / 2;
const zeros = (count: number): string => "00".repeat(count);
const big = (value: number, bytes: number): string => value.toString(16).padStart(bytes * 2, "0");
const little = (value: number, bytes: number): string =>
  (big(value, bytes).match(/../gu) ?? []).toReversed().join("");

const nbss = (message: string): string => `00${big(size(message), 3)}${message}`;

function rpc(type: number, body: string): string {
  return `0500${little(type, 1)}0310000000${little(16 + size(body), 2)}000001000000${body}`;
}
const bind = rpc(
  11,
  "b810b81000000000 01000000 00000100 785734123412cdabef000123456789ac 01000000 045d888aeb1cc9119fe808002b104860 02000000",
);
const request = rpc(0, "0400000000000500 01020304");
const answer = rpc(2, "0400000000000000 01020304");

describe("SMB 2", () => {
  const file = "f1".repeat(16);
  const header = (command: number, message: number, { answers = 0, next = 0, status = 0 } = {}) =>
    `fe534d42 4000 0100 ${little(status, 4)} ${little(command, 2)} 0100 ${little(answers, 4)} ${little(next, 4)} ${little(message, 8)} ${zeros(32)}`;
  const write = (data: string, message: number, next = 0): string =>
    `${header(9, message, { next })} 3100 7000 ${little(size(data), 4)} ${zeros(8)} ${file} ${zeros(16)} ${data}`;
  const read = (message: number): string =>
    `${header(8, message)} 3100 0000 00040000 ${zeros(8)} ${file} ${zeros(17)}`;
  const readAnswer = (data: string, message: number): string =>
    `${header(8, message, { answers: 1 })} 1100 5000 ${little(size(data), 4)} ${zeros(8)} ${data}`;
  const control = (code: number, data: string, message: number): string =>
    `${header(11, message)} 3900 0000 ${little(code, 4)} ${file} 78000000 ${little(size(data), 4)} ${zeros(24)} ${data}`;
  const paths = (messages: readonly Message[]): Promise<string[]> =>
    pathsOf(
      tcpConversation(
        445,
        messages.map(({ payload, fromServer }) => ({
          payload: nbss(payload),
          fromServer: fromServer === true,
        })),
      ),
    );

  test("calls over a pipe show below it, in writes, reads and transactions", async () => {
    const shown = await paths([
      { payload: write(bind, 1) },
      { payload: control(0x11c017, request, 2) },
      { payload: read(3) },
      { payload: readAnswer(answer, 3), fromServer: true },
    ]);
    expect(shown).toEqual(["nbss/smb2 1", "nbss/smb2/dcerpc 1", "nbss/smb2/dcerpc/samr 2"]);
  });

  test("a call in two reads shows in the second", async () => {
    const compact = answer.replaceAll(/\s/gu, "");
    const shown = await paths([
      { payload: write(bind, 1) },
      { payload: write(request, 2) },
      { payload: read(3) },
      { payload: readAnswer(compact.slice(0, 40), 3), fromServer: true },
      { payload: read(4) },
      { payload: readAnswer(compact.slice(40), 4), fromServer: true },
    ]);
    expect(shown).toEqual([
      "nbss/smb2 2",
      "nbss/smb2/dcerpc 1",
      "nbss/smb2/dcerpc/samr 1",
      "nbss/smb2/smb2.pipe.fragments/dcerpc/samr 1",
      "nbss/smb2/smb2.pipe.reassembled_in/data 1",
    ]);
  });

  test("what is in files shows as data, behind each message of a row", async () => {
    const first = write(ascii("12345678"), 1, 120);
    expect(await paths([{ payload: first + write(ascii("1"), 2) }])).toEqual([
      "nbss/smb2/data/smb2/data 1",
    ]);
  });

  test("a long answer shows once, where it ends", async () => {
    const whole = nbss(readAnswer("61".repeat(400_000), 1)).replaceAll(/\s/gu, "");
    const messages: Message[] = [];
    for (let at = 0; at < whole.length; at += 100_000)
      messages.push({ payload: whole.slice(at, at + 100_000), fromServer: true });
    expect(await pathsOf(tcpConversation(445, messages))).toEqual([
      "tcp.segments/nbss/smb2/data 1",
    ]);
  });

  test("waiting for a pipe shows its time and name", async () => {
    const wait = `${zeros(8)} 02000000 01 00 ${ascii("a\0")}`;
    expect(await paths([{ payload: control(0x110018, wait, 1) }])).toEqual([
      "nbss/smb2/smb2.fsctl.wait.timeout/smb2.fsctl.wait.name 1",
    ]);
  });

  test("encrypted and compressed messages show their name only", async () => {
    const rest = zeros(60);
    expect(await paths([{ payload: `fd534d42${rest}` }, { payload: `fc534d42${rest}` }])).toEqual([
      "nbss/smb2 2",
    ]);
  });
});

describe("SMB 1", () => {
  const transactionAnswer = (data: string): string =>
    `${smbHeader(0x25, 1, true)} 0a 0000 ${little(size(data), 2)} 0000 0000 0000 0000 ${little(size(data), 2)} 3700 0000 00 00 0000 ${data}`;
  const write = (data: string, mode: number): string =>
    `${smbHeader(0x2f, 2)} 0e ff 00 0000 0500 00000000 00000000 ${little(mode, 2)} 0000 0000 ${little(size(data), 2)} 3f00 00000000 ${little(size(data), 2)} ${data}`;
  const paths = (...messages: readonly Message[]): Promise<string[]> =>
    pathsOf(
      tcpConversation(
        139,
        messages.map(({ payload, fromServer }) => ({
          payload: nbss(payload),
          fromServer: fromServer === true,
        })),
      ),
    );

  test("a transaction on a pipe carries calls", async () => {
    const setup = "2600 0500";
    const shown = await paths(
      { payload: smbTransaction("\\PIPE\\", { setup, data: bind }) },
      { payload: smbTransaction("\\PIPE\\", { setup, data: request }) },
      { payload: transactionAnswer(answer), fromServer: true },
    );
    expect(shown).toEqual(["nbss/smb/smb_pipe/dcerpc 1", "nbss/smb/smb_pipe/dcerpc/samr 2"]);
  });

  test("the remote administration protocol has a pipe of its own", async () => {
    const payload = smbTransaction("\\PIPE\\LANMAN", { setup: "", parameters: "0000", data: "" });
    expect(await paths({ payload })).toEqual(["nbss/smb/smb_pipe/lanman 1"]);
  });

  test("what is written to a file shows nothing, what is written to a pipe is told of", async () => {
    const shown = await paths(
      { payload: write(ascii("text"), 0) },
      { payload: write(ascii("text"), 8) },
      { payload: write(bind, 8) },
    );
    expect(shown).toEqual(["nbss/smb 1", "nbss/smb/data 1", "nbss/smb/dcerpc 1"]);
  });

  test.each([
    ["\\MAILSLOT\\BROWSE", "browser"],
    ["\\MAILSLOT\\NET\\NETLOGON", "smb_netlogon"],
    ["\\MAILSLOT\\MESSNGR", "data"],
  ])("a datagram to %s", async (name, below) => {
    const encoded = `20${ascii("CA".repeat(16))}00`;
    const message = smbTransaction(name, { setup: "0100 0100 0200", data: "0100" });
    const payload = `1002 0001 c0000201 008a 0000 0000 ${encoded} ${encoded} ${message}`;
    expect(await pathsOf([datagram(138, { payload })])).toEqual([`nbdgm/smb/mailslot/${below} 1`]);
  });
});

describe("NetBIOS sessions", () => {
  test.each([
    ["a message of another protocol", nbss(ascii("hello world")), "nbss/data 1"],
    ["a segment that begins with no header", ascii("in the middle"), "nbss 1"],
    ["a sign of life of one byte", "00", "nbss 1"],
  ])("%s", async (_, payload, expected) => {
    expect(await pathsOf(tcpConversation(139, [{ payload }]))).toEqual([expected]);
  });
});
