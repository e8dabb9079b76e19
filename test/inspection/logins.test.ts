// Logins in the lines of clear-text protocols.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { mayLogIn } from "../../src/inspection/analysis/login-readers.ts";
import { Wire } from "./wire.ts";

const commands = /^(?:(?:USER|PASS)[ ]+.|AUTH (?:PLAIN|LOGIN))/i;
const tagged = /^\S+ (?:LOGIN|AUTHENTICATE)/i;

const parts = fc.constantFrom(
  ..."USER PASS AUTH PLAIN LOGIN AUTHENTICATE user login a1 * 220 hello".split(" "),
  " ",
  "\r",
  "\t",
);
const lines = fc.array(fc.array(parts, { maxLength: 5 }), { maxLength: 40 });

test("a piece with a login's command is always read", () => {
  fc.assert(
    fc.property(
      lines,
      fc.constantFrom("", " "),
      fc.constantFrom("\n", "\r\n"),
      (words, by, end) => {
        const text = words.map((line) => line.join(by)).join(end);
        const bytes = Buffer.from(`A${text}USER a`);
        const piece = { bytes, at: 1, end: 1 + text.length };
        const told = text.split(/\r?\n/, 32);
        if (told.some((line) => commands.test(line))) expect(mayLogIn(piece, false)).toBe(true);
        if (told.some((line) => tagged.test(line))) expect(mayLogIn(piece, true)).toBe(true);
      },
    ),
    { numRuns: 2_000 },
  );
});

test("what no command begins is passed over", () => {
  const bytes = Buffer.from("220 mail.example ready\r\nEHLO a\r\n. login PASS\r\n* OK a1\r\n");
  expect(mayLogIn({ bytes, at: 0, end: bytes.length }, false)).toBe(false);
  expect(mayLogIn({ bytes, at: 0, end: 30 }, true)).toBe(false);
});

test.each([
  ["POP", 110, ["+OK\r\n"], ["USER ann\r\n", "PASS secret\r\n"], "USER and PASS"],
  ["SMTP", 25, ["220 a\r\n"], ["EHLO b\r\n", "AUTH LOGIN\r\n", "YW5u\r\n", "c2VjcmV0\r\n"], "AUTH"],
  ["IMAP", 143, ["* OK\r\n"], ["a1 LOGIN ann secret\r\n"], "LOGIN"],
])("a login of %s is told with its name", async (_, port, greeting, said, method) => {
  const { credentials } = await new Wire()
    .talk(0, "10.0.0.1:40000", `10.0.0.2:${port}`, {
      lines: [
        ...greeting.map((says) => ({ from: "server" as const, says })),
        ...said.map((says) => ({ from: "client" as const, says })),
      ],
    })
    .inspect();
  expect(credentials.map(({ user, method: told }) => [user, told])).toEqual([["ann", method]]);
});
