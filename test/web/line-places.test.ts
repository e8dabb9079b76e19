import { expect, test } from "vitest";
import { placesOf, ticksOf } from "../../src/web/pages/tonight/line-places.ts";
import type { IncidentRow } from "../../src/web/api/incidents.ts";

const now = Date.parse("2026-11-21T02:00:00Z");
const hourMs = 3_600_000;
const incident = (hoursAgo: number): IncidentRow => ({
  incidentId: String(hoursAgo),
  resourceId: "/vm",
  state: "open",
  severity: 3,
  openedAt: new Date(now - hoursAgo * hourMs).toISOString(),
  lastAlertAt: "",
  closedAt: null,
  alertCount: 1,
  recordings: [],
  summary: "",
  answer: null,
});

test("an incident stands where it began, and one of yesterday's day is not shown", () => {
  const places = placesOf([incident(0), incident(6), incident(24), incident(25)], now);
  expect(places.map(({ row, share }) => [row.incidentId, share])).toEqual([
    ["0", 1],
    ["6", 0.75],
    ["24", 0],
  ]);
});

test("ticks are whole hours, three apart, from left to right", () => {
  const ticks = ticksOf(now);
  expect(ticks).toHaveLength(8);
  expect(ticks.every(({ time }) => new Date(time).getHours() % 3 === 0)).toBe(true);
  expect(ticks.every(({ share }) => share > 0 && share <= 1)).toBe(true);
});
