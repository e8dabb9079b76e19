import { expect, test } from "vitest";
import { PendingSide } from "../../src/inspection/dissect/transport/pending-side.ts";

test("a finished message is known by its bytes, and by where one begins in it", () => {
  const side = new PendingSide();
  side.finish(0xfffffff0, 40);
  expect(side.repeatedBytes(0xfffffff0, 100)).toBe(40);
  expect(side.isInsideFinished(0xfffffff0)).toBe(false);
  expect(side.isInsideFinished(0xfffffff1)).toBe(true);
  expect(side.isInsideFinished(10)).toBe(true);
  expect(side.isInsideFinished(24)).toBe(false);
});
