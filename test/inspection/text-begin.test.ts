// What is asked of every stream's first bytes is asked of bytes; these are the same rules as expressions.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isRtsp } from "../../src/inspection/dissect/voice/rtsp.ts";
import { isSip } from "../../src/inspection/dissect/voice/sip.ts";

const rtsp =
  /^(?:RTSP\/1\.0 |(?:DESCRIBE|ANNOUNCE|GET_PARAMETER|OPTIONS|PAUSE|PLAY|RECORD|REDIRECT|SETUP|SET_PARAMETER|TEARDOWN) (?:rtsp|\*|\/))/;
const sipBegin =
  /^(?:SIP\/2\.0 |(?:INVITE|ACK|BYE|CANCEL|OPTIONS|REGISTER|PRACK|SUBSCRIBE|NOTIFY|PUBLISH|INFO|REFER|MESSAGE|UPDATE) )/;
const sipLine = /^[A-Z][A-Z\d.!%*_+`'~-]* \S+ SIP\/2\.0(?:\r|\n|$)/;
const isSipText = (text: string): boolean =>
  /^[A-Z]{3}/.test(text) && text.length >= 12 && (sipBegin.test(text) || sipLine.test(text));

const words = [
  ..."DESCRIBE ANNOUNCE GET_PARAMETER OPTIONS PAUSE PLAY RECORD REDIRECT SETUP SET_PARAMETER".split(
    " ",
  ),
  ..."TEARDOWN INVITE ACK BYE CANCEL REGISTER PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE".split(
    " ",
  ),
  ..."UPDATE GET POST X SIP/2.0 RTSP/1.0 rtsp * / sip:a@b 1".split(" "),
];
const begin = fc
  .array(
    fc.oneof(
      fc.constantFrom(...words),
      fc.constantFrom(" ", "\r\n", "\n", "\u00a0", "~"),
      fc.string({ unit: "binary-ascii", maxLength: 3 }),
    ),
    { maxLength: 6 },
  )
  .chain((parts) => fc.constantFrom(parts.join(""), parts.join(" ")));

test("RTSP and SIP are known by their first bytes", () => {
  fc.assert(
    fc.property(begin, fc.nat(9), (text, before) => {
      const bytes = Buffer.from(`${"A".repeat(before)}${text}POST / HTTP`, "latin1");
      const end = bytes.length - "POST / HTTP".length;
      expect(isRtsp(bytes, before, end)).toBe(rtsp.test(text));
      expect(isSip(bytes, before, end)).toBe(isSipText(text));
    }),
    { numRuns: 5_000 },
  );
});
