import { expect, test } from "vitest";
import {
  placeAfter,
  placeAt,
  scaleOf,
  scrollStart,
} from "../../../src/web/packets/list/scroll-scale.ts";

const rowHeight = 24;
const viewport = 400;

test("a short list is its own element", () => {
  const scale = scaleOf(1_000 * rowHeight, viewport);
  expect(scale.height).toBe(24_000);
  expect(placeAfter(scale, scrollStart, 777)).toEqual({ page: 0, offset: 0, top: 777 });
  expect(placeAt(scale, 1e9)).toMatchObject({ top: 24_000 - viewport });
});

test.each([400_000, 3_000_000, 100_000_000])("all of %d rows can be reached", (rowCount) => {
  const scale = scaleOf(rowCount * rowHeight, viewport);
  expect(scale.height).toBeLessThan(17_000_000);
  const end = scale.height - viewport;
  const last = placeAfter(scale, scrollStart, end);
  expect(last.top + last.offset).toBeCloseTo(rowCount * rowHeight - viewport, 0);
  for (let row = 0; row < rowCount; row += Math.floor(rowCount / 977)) {
    const place = placeAt(scale, row * rowHeight);
    const expected = Math.min(row * rowHeight, rowCount * rowHeight - viewport);
    expect(place.top + place.offset).toBeCloseTo(expected, 5);
    expect(place.top).toBeGreaterThanOrEqual(0);
    expect(place.top).toBeLessThanOrEqual(end + 1);
  }
});

test("a turn of the wheel moves the rows by as much, wherever the list stands", () => {
  const scale = scaleOf(3_000_000 * rowHeight, viewport);
  let place = placeAt(scale, 40_000_000);
  let rowsTop = place.top + place.offset;
  for (let turn = 0; turn < 5_000; turn++) {
    place = placeAfter(scale, place, place.top + 100);
    rowsTop += 100;
    expect(place.top + place.offset).toBeCloseTo(rowsTop, 5);
  }
  expect(place.page).toBeGreaterThan(placeAt(scale, 40_000_000).page);
});

test("a pull at the scroll bar goes to the same share of the rows", () => {
  const scale = scaleOf(3_000_000 * rowHeight, viewport);
  const place = placeAfter(scale, scrollStart, scale.height / 2);
  const share = (place.top + place.offset) / (3_000_000 * rowHeight);
  expect(share).toBeGreaterThan(0.49);
  expect(share).toBeLessThan(0.51);
});
