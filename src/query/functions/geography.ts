import { bind } from "../bind.ts";
import { jsonOf } from "../conversion/to-dynamic.ts";
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

/** GeoJSON of a point, or null where it is none. */
const point = (isKnown: string, longitude: string, latitude: string): string =>
  `if(${isKnown}, concat('{"type":"Point","coordinates":[', ${jsonOf(longitude, "real")}, ',', ${jsonOf(latitude, "real")}, ']}'), '')`;

/** The digits of a geohash; ClickHouse decodes twelve of them. */
const geohashPattern = "^[0-9b-hjkmnp-z]{1,12}$";

const ofGeohash = define("dynamic", ["string"], (geohash) =>
  bind(geohash, (text) => {
    const decoded = `geohashDecode(${text})`;
    return point(`match(${text}, '${geohashPattern}')`, `${decoded}.1`, `${decoded}.2`);
  }),
);

/** A cell that there is, for where a text is none: what is not asked for is computed all the same. */
const someCell = "toUInt64(590112357393367039)";

/** The number of a cell; 0 where the text is none. */
const cellOf = (text: string): string =>
  bind(
    `if(match(${text}, '^[0-9a-fA-F]{15}$'), reinterpretAsUInt64(reverse(unhex(concat('0', ${text})))), toUInt64(0))`,
    (cell) => `if(h3IsValid(${cell}), ${cell}, toUInt64(0))`,
  );

const withCell = (text: string, body: (cell: string, isKnown: string) => string): string =>
  bind(cellOf(text), (cell) => body(`if(${cell} = 0, ${someCell}, ${cell})`, `${cell} != 0`));

const cellText = (cell: string): string => `lower(substring(hex(${cell}), 2))`;

const toCell = define("string", ["real", "real", "long"], (lon, lat, resolution = "toInt64(6)") => {
  const isValid = `abs(${lon}) <= 180 AND abs(${lat}) <= 90 AND ${resolution} BETWEEN 0 AND 15`;
  const held = (number: string): string => `ifNull(${number}, 0)`;
  const level = `toUInt8(greatest(least(${held(resolution)}, 15), 0))`;
  return `if(ifNull(${isValid}, false), ${cellText(`geoToH3(${held(lat)}, ${held(lon)}, ${level})`)}, '')`;
});

const ofCell = define("dynamic", ["string"], (text) =>
  withCell(text, (cell, isKnown) => point(isKnown, `h3ToGeo(${cell}).2`, `h3ToGeo(${cell}).1`)),
);

const cellLevel = define("int", ["string"], (text) =>
  withCell(text, (cell, isKnown) => `if(${isKnown}, toInt32(h3GetResolution(${cell})), NULL)`),
);

export const geographyFunctions: ScalarFunctions = {
  geo_distance_2points: distance2Points,
  geo_point_in_circle: inCircle,
  geo_geohash_to_central_point: ofGeohash,
  geo_point_to_h3cell: toCell,
  geo_h3cell_to_central_point: ofCell,
  geo_h3cell_level: cellLevel,
  geo_point_to_geohash: define(
    "string",
    ["real", "real", "long"],
    (lon, lat, accuracy = "5") =>
      `if(ifNull(abs(${lon}) <= 180 AND abs(${lat}) <= 90 AND ${accuracy} BETWEEN 1 AND 12, false), ifNull(geohashEncode(${lon}, ${lat}, toUInt8(assumeNotNull(${accuracy}))), ''), '')`,
  ),
};
