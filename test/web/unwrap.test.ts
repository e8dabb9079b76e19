import type { FeatureCollection, Position } from "geojson";
import { expect, test } from "vitest";
import { unwrapped } from "../../src/web/charts/unwrap.ts";

const world = (ring: Position[]): FeatureCollection => ({
  type: "FeatureCollection",
  features: [
    { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } },
  ],
});
const ringOf = (shapes: FeatureCollection): Position[] => {
  const geometry = shapes.features[0]?.geometry;
  return geometry?.type === "Polygon" ? (geometry.coordinates[0] ?? []) : [];
};

test("a ring over the 180th meridian goes on beyond it", () => {
  const ring = [
    [170, 60],
    [179, 61],
    [-175, 62],
    [-179, 63],
    [175, 64],
    [170, 60],
  ];
  expect(ringOf(unwrapped(world(ring))).map(([longitude]) => longitude)).toEqual([
    170, 179, 185, 181, 175, 170,
  ]);
});

test("one that lies mostly beyond is drawn on the other side", () => {
  const ring = [
    [179, 0],
    [-178, 1],
    [-177, 2],
    [-176, 1],
    [179, 0],
  ];
  expect(ringOf(unwrapped(world(ring))).map(([longitude]) => longitude)).toEqual([
    -181, -178, -177, -176, -181,
  ]);
});

test("one around a pole, and one that crosses nothing, stay as they are", () => {
  const around = [
    [-170, -70],
    [-60, -70],
    [60, -70],
    [170, -70],
    [-170, -70],
  ];
  const plain = [
    [0, 0],
    [10, 0],
    [10, 10],
    [0, 0],
  ];
  expect(ringOf(unwrapped(world(around)))).toEqual(around);
  expect(ringOf(unwrapped(world(plain)))).toEqual(plain);
});
