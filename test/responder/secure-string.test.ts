import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { run } from "../../src/common/run.ts";
import {
  decryptSecureString,
  encryptSecureString,
  formatSecureStringKey,
  isSecureString,
  readSecureStringKey,
  secureStringHeader,
} from "../../src/responder/secure-string.ts";

const hasOpenssl = await run("openssl", ["version"]).then(
  () => true,
  () => false,
);
const key = Uint8Array.from({ length: 32 }, (_, index) => index + 1);
const iv = Uint8Array.from({ length: 16 }, (_, index) => 0xa0 + index);
const utf16 = (text: string) => Buffer.from(text, "utf16le");
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const plainText = "Nightcap-2024!";

test.skipIf(!hasOpenssl)(
  "what we write is what openssl writes, and each reads the other's",
  async () => {
    for (const size of [16, 24, 32]) {
      const short = key.subarray(0, size);
      const hex = Buffer.from(short).toString("hex");
      const cipher = `-aes-${size * 8}-cbc`;
      const args = ["enc", cipher, "-K", hex, "-iv", Buffer.from(iv).toString("hex"), "-a", "-A"];
      const theirs = await run("openssl", args, { input: utf16(plainText).toString("utf8") });
      const theirHex = Buffer.from(theirs.stdout, "base64").toString("hex");
      const body = `2|${Buffer.from(iv).toString("base64")}|${theirHex}`;
      const text = secureStringHeader + utf16(body).toString("base64");
      expect(encryptSecureString(plainText, short, iv)).toBe(text);
      expect(decryptSecureString(text, short)).toBe(plainText);
    }
  },
);

test("the text has PowerShell's shape", () => {
  const text = encryptSecureString("ab", key, iv);
  expect(text.startsWith("76492d1116743f0423413b16050a5345")).toBe(true);
  const body = Buffer.from(text.slice(32), "base64").toString("utf16le");
  expect(body).toMatch(/^2\|[A-Za-z0-9+/]{22}==\|[0-9a-f]{32}$/);
  // A text made once, kept so that a change of the format is seen.
  expect(createHash("sha256").update(text).digest("hex")).toMatchInlineSnapshot(
    `"f6d23ea505a1bcf2d7c42dfeea02d28fb886549476d56a48f956095f4f4c93bd"`,
  );
});

test("any text, key and IV survive encryption and decryption", () => {
  const anyKey = fc.constantFrom(16, 24, 32).chain(bytesOf);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), anyKey, bytesOf(16), (plain, someKey, someIv) => {
      expect(decryptSecureString(encryptSecureString(plain, someKey, someIv), someKey)).toBe(plain);
    }),
  );
});

test("the header is recognised in any case and with a line break behind the text", () => {
  const text = encryptSecureString("x", key, iv);
  const shouted = text.slice(0, 32).toUpperCase() + text.slice(32);
  expect(isSecureString(shouted)).toBe(true);
  expect(decryptSecureString(`${shouted}\r\n`, key)).toBe("x");
  expect(isSecureString("plain password")).toBe(false);
});

describe("key files", () => {
  const lines = formatSecureStringKey(key);
  test.each([
    ["ANSI with CRLF", Buffer.from(lines)],
    ["LF", Buffer.from(lines.replaceAll("\r", ""))],
    ["no line break at the end", Buffer.from(lines.trimEnd())],
    ["UTF-8 with BOM", Buffer.from(`\uFEFF${lines}`)],
    ["UTF-16LE with BOM", utf16(`\uFEFF${lines}`)],
    ["UTF-16BE with BOM", utf16(`\uFEFF${lines}`).swap16()],
  ])("are read: %s", (_name, file) => {
    expect(readSecureStringKey(file)).toEqual(key);
  });

  test.each([
    ["1\n2\n256\n", "key file, line 3: not a decimal byte from 0 to 255"],
    ["1\nsecret\n", "key file, line 2: not a decimal byte from 0 to 255"],
    ["1\n2\n", "key has 2 bytes; 16, 24, 32 allowed"],
    ["", "key file, line 1: not a decimal byte from 0 to 255"],
    ["1\n".repeat(3_000), "key file has 6000 bytes; at most 4096 allowed"],
  ])("are refused with the line, not its text: %j", (text, message) => {
    expect(() => readSecureStringKey(Buffer.from(text))).toThrow(message);
  });
});

test("a wrong key or damaged text is SecretUnreadable and says nothing of the secret", () => {
  const secret = "correct horse battery staple";
  const text = encryptSecureString(secret, key, iv);
  const body = (inner: string) => secureStringHeader + utf16(inner).toString("base64");
  const broken: [string, Uint8Array][] = [
    [text, key.map((byte) => byte ^ 1)],
    [text.slice(0, -8), key],
    [body(`1|${Buffer.from(iv).toString("base64")}|${"00".repeat(16)}`), key],
    [body(`2|AAAA|${"00".repeat(16)}`), key],
    [body(`2|${Buffer.from(iv).toString("base64")}|zz`), key],
    [`${secureStringHeader}***`, key],
    [secret, key],
    [text, key.subarray(0, 5)],
  ];
  for (const [damaged, someKey] of broken) {
    const thrown = ((): unknown => {
      try {
        return decryptSecureString(damaged, someKey);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toMatchObject({ code: "SecretUnreadable" });
    expect(String(thrown)).not.toContain(secret);
  }
});

test("no text makes decryption throw anything but SecretUnreadable", () => {
  fc.assert(
    fc.property(fc.string(), fc.boolean(), (text, header) => {
      try {
        decryptSecureString(header ? secureStringHeader + text : text, key);
      } catch (error) {
        expect(error).toMatchObject({ code: "SecretUnreadable" });
      }
    }),
  );
});
