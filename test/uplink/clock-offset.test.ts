import { expect, test } from "vitest";
import { ClockOffset } from "../../src/uplink/clock-offset.ts";

test("the quickest exchange says best how far the clocks are apart", () => {
  const offset = new ClockOffset();
  expect(offset.milliseconds).toBeNull();
  offset.heard(1_000, 1_100, 750); // 300 ms ahead, to 50 ms
  expect(offset.milliseconds).toBe(300);
  offset.heard(2_000, 2_010, 1_725); // 280 ms ahead, to 5 ms
  offset.heard(3_000, 3_500, 2_500);
  expect(offset.milliseconds).toBe(280);
});

test("an old measurement gives way, and one during which the clock was put back is none", () => {
  const offset = new ClockOffset();
  offset.heard(0, 2, 1);
  offset.heard(1_000, 900, 5);
  expect(offset.milliseconds).toBe(0);
  offset.heard(400_000, 400_100, 390_050);
  expect(offset.milliseconds).toBe(10_000);
});
