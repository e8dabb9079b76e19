import * as fc from "fast-check";
import { expect, test } from "vitest";
import { greatest } from "../../src/inspection/analysis/greatest.ts";

test("the greatest are the first of all in descending order, equal ones in theirs", () =>
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(3), fc.nat()), { maxLength: 60 }),
      fc.nat(70),
      (values, countMax) => {
        const sorted = values
          .map((value, place) => ({ value, place }))
          .toSorted((one, other) => other.value - one.value);
        const expected = sorted.slice(0, countMax).map(({ place }) => place);
        expect([...greatest(Float64Array.from(values), countMax)]).toEqual(expected);
      },
    ),
  ));
