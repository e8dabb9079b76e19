import * as fc from "fast-check";
import { expect, test } from "vitest";
import { nanosecondsText, toNanoseconds } from "../../src/inspection/file/time.ts";

test("a time as text is that of its number, however early and however many its nanoseconds", () =>
  fc.assert(
    fc.property(
      fc.integer({ min: -3, max: 0xffff_ffff }),
      fc.oneof(fc.integer({ min: -1, max: 20 }), fc.nat(4_294_967_295)),
      (seconds, nanoseconds) => {
        const time = { seconds, nanoseconds };
        expect(nanosecondsText(time)).toBe(String(toNanoseconds(time)));
      },
    ),
  ));
