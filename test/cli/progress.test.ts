import { expect, test } from "vitest";
import { progressText } from "../../src/cli/progress.ts";

test("a bar says how far it is; without a size only what was read is known", () => {
  expect([
    progressText(0, 2_000_000_000),
    progressText(900_000_000, 2_000_000_000),
    progressText(2_000_000_001, 2_000_000_000),
    progressText(5_000_000, 0),
  ]).toMatchInlineSnapshot(`
    [
      "[........................] 0 %, 0 MB of 2000 MB",
      "[##########..............] 45 %, 900 MB of 2000 MB",
      "[########################] 100 %, 2000 MB of 2000 MB",
      "5 MB read",
    ]
  `);
});
