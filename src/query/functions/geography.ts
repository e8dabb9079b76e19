import { convert } from "../conversion/convert.ts";
import type { SqlValue } from "../sql-value.ts";
import type { FunctionCall } from "../translator.ts";
import { argument, constantOf, define } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";

/** The radius of the sphere that stands for the earth, in metres. */
const earthRadiusMeters = 6_371_010;

const reals = (args: readonly SqlValue[], call: FunctionCall): readonly string[] =>
  args.map((_, index) => convert(argument(args, index, call), "real").sql);

/** The great circle between two points on a sphere (haversine). */
const distance = ([lon1, lat1, lon2, lat2]: readonly string[]): string => {
  const half = (a: string, b: string): string => `pow(sin(radians(${b} - ${a}) / 2), 2)`;
  const arc = `${half(lat1 ?? "", lat2 ?? "")} + cos(radians(${lat1})) * cos(radians(${lat2})) * ${half(lon1 ?? "", lon2 ?? "")}`;
  const isValid = [lon1, lon2]
    .map((lon) => `abs(${lon}) <= 180`)
    .concat([lat1, lat2].map((lat) => `abs(${lat}) <= 90`));
  return `if(${isValid.join(" AND ")}, 2 * ${earthRadiusMeters} * asin(least(1, sqrt(${arc}))), NULL)`;
};

const distance2Points: Translate = (args, call) => {
  if (args[4] && constantOf(args[4], "use_spheroid", call) === true)
    return call.unsupported("geo_distance_2points over a spheroid");
  return { sql: distance(reals(args.slice(0, 4), call)), type: "real" };
};

const inCircle: Translate = (args, call) => {
  const numbers = reals(args, call);
  return { sql: `${distance(numbers.slice(0, 4))} <= ${numbers[4]}`, type: "bool" };
};

export const geographyFunctions: ScalarFunctions = {
  geo_distance_2points: distance2Points,
  geo_point_in_circle: inCircle,
  geo_point_to_geohash: define(
    "string",
    ["real", "real", "long"],
    (lon, lat, accuracy = "5") =>
      `ifNull(geohashEncode(${lon}, ${lat}, toUInt8(assumeNotNull(${accuracy}))), '')`,
  ),
};
