import * as fc from "fast-check";
import { expect, test } from "vitest";
import { KeyTable } from "../../src/inspection/analysis/key-table.ts";

test("keys are numbered alike, whether room was made for them or not", () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(9), fc.nat(200)), { maxLength: 2_000 }),
      fc.nat(5_000),
      (keys, room) => {
        const [plain, reserved] = [new KeyTable(2, 1_000), new KeyTable(2, 1_000)];
        for (const [at, key] of keys.entries()) {
          if (at === keys.length >> 1) reserved.reserve(room);
          plain.key.set(key);
          reserved.key.set(key);
          expect(reserved.findOrAdd()).toBe(plain.findOrAdd());
        }
        expect(reserved.overflow).toBe(plain.overflow);
        for (const key of keys) {
          plain.key.set(key);
          reserved.key.set(key);
          expect(reserved.find()).toBe(plain.find());
        }
      },
    ),
  ));
