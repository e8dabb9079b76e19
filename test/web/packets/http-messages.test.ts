import { expect, test } from "vitest";
import type { HttpMessageNode, PacketBook } from "../../../src/inspection/browse/packet-book.ts";
import { bodyText } from "../../../src/web/packets/follow/body-text.ts";
import { HttpMessages } from "../../../src/web/packets/follow/http-messages.ts";
import { arrayBook } from "./array-book.ts";

const nodeOf = (number: number): HttpMessageNode => ({
  number,
  side: number % 2 === 0 ? "a" : "b",
  frame: number + 1,
  time: null,
  startLine: "GET / HTTP/1.1",
  head: "GET / HTTP/1.1",
  contentType: "",
  contentEncoding: "",
  isDecoded: false,
  bodySizeBytes: 0,
  isWhole: true,
  base64: "",
});

function bookOf(messageCount: number): PacketBook {
  const end = { address: "192.0.2.1", port: 80 };
  return {
    ...arrayBook(0),
    async http({ from, count }) {
      const to = Math.min(from + count, messageCount);
      const messages = Array.from({ length: Math.max(0, to - from) }, (_, at) => nodeOf(from + at));
      const next = to < messageCount ? to : null;
      return { a: end, b: end, messages, next, otherBytes: 0, problem: null };
    },
  };
}

test("messages are read on page by page, 200 are kept, and the first are read again", async () => {
  const messages = new HttpMessages(bookOf(330), 3);
  while (messages.state().hasLater) await messages.later();
  const { messages: kept, hasEarlier } = messages.state();
  expect([kept.length, kept[0]?.number, kept.at(-1)?.number]).toEqual([200, 130, 329]);
  expect(hasEarlier).toBe(true);
  messages.fromStart();
  await expect.poll(() => messages.state().messages.length).toBe(25);
  expect(messages.state()).toMatchObject({ hasEarlier: false, hasLater: true });
});

test("a body is text where it says so or looks like it, in its own character set", () => {
  const bytes = (text: string, encoding: BufferEncoding = "utf8"): Uint8Array =>
    new Uint8Array(Buffer.from(text, encoding));
  expect(bodyText(bytes("caf\u00e9"), "")).toBe("caf\u00e9");
  expect(bodyText(bytes("caf\u00e9", "latin1"), "text/plain; charset=iso-8859-1")).toBe(
    "caf\u00e9",
  );
  expect(bodyText(bytes("caf\u00e9!", "latin1"), "application/octet-stream")).toBeNull();
  expect(bodyText(bytes("{}"), "application/problem+json; charset=no-such")).toBe("{}");
  expect(bodyText(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 1), "image/png")).toBeNull();
  // What would ring or turn the writing around is shown as a dot, and a character cut in two is not shown.
  expect(bodyText(bytes("a\u0007b\u202ec"), "text/html")).toBe("a\u00b7b\u00b7c");
  expect(bodyText(bytes("caf\u00e9").subarray(0, 4), "")).toBe("caf");
});
