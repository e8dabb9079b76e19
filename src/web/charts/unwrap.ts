import type { Feature, FeatureCollection, Geometry, Position } from "geojson";

/**
 * The same shapes for a flat map: a ring that crosses the 180th meridian goes on beyond it, where it
 * would otherwise be drawn across the whole world. One that goes around a pole stays as it is.
 */
export const unwrapped = ({ type, features }: FeatureCollection): FeatureCollection => ({
  type,
  features: features.map((one): Feature => ({ ...one, geometry: unwrapGeometry(one.geometry) })),
});

function unwrapGeometry(geometry: Geometry): Geometry {
  if (geometry.type === "Polygon") {
    return { ...geometry, coordinates: geometry.coordinates.map(unwrapRing) };
  }
  if (geometry.type !== "MultiPolygon") return geometry;
  const coordinates = geometry.coordinates.map((polygon) => polygon.map(unwrapRing));
  return { ...geometry, coordinates };
}

function unwrapRing(ring: Position[]): Position[] {
  let shift = 0;
  let before = ring[0]?.[0] ?? 0;
  const points = ring.map(([longitude = 0, latitude = 0]): Position => {
    if (longitude - before > 180) shift -= 360;
    if (longitude - before < -180) shift += 360;
    before = longitude;
    return [longitude + shift, latitude];
  });
  if (shift !== 0) return ring;
  // Most of it decides on which side of the world it lies.
  const middle = points.reduce((sum, [longitude = 0]) => sum + longitude, 0) / points.length;
  const back = middle > 180 ? -360 : middle < -180 ? 360 : 0;
  return points.map(([longitude = 0, latitude = 0]): Position => [longitude + back, latitude]);
}
