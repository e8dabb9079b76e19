import { bind } from "../bind.ts";
import { epochTicks, ticksOf } from "../conversion/ticks.ts";
import { toStringSql } from "../conversion/to-string.ts";
import type { SqlValue } from "../sql-value.ts";
import { argument, define } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";

/** The bytes that are hashed: of a text its UTF-8, of a number its eight bytes, of a moment its ticks. */
const hashed = (value: SqlValue): string => {
  if (value.type === "long" || value.type === "int" || value.type === "timespan")
    return `reinterpretAsString(toInt64(${value.sql}))`;
  if (value.type === "datetime")
    return `reinterpretAsString(${ticksOf(value.sql)} + ${epochTicks})`;
  return toStringSql(value);
};

const xxhash64: Translate = (args, call) => {
  const value = argument(args, 0, call);
  const hash = `reinterpretAsInt64(xxHash64(${hashed(value)}))`;
  const modulus = args[1];
  return { sql: modulus ? `toInt64(positiveModulo(${hash}, ${modulus.sql}))` : hash, type: "long" };
};

const hexHash = (name: string): Translate =>
  define("string", ["string"], (text) => `lower(hex(${name}(${text})))`);

/** Escapes are written in small letters, as the documentation's examples have them. */
const smallEscapes = (encoded: string): string =>
  bind(
    `splitByChar('%', ${encoded})`,
    (parts) =>
      `arrayStringConcat(arrayMap((part, place) -> if(place = 1, part, concat(lower(substring(part, 1, 2)), substring(part, 3))), ${parts}, arrayEnumerate(${parts})), '%')`,
  );

export const encodingFunctions: ScalarFunctions = {
  hash: xxhash64,
  hash_xxhash64: xxhash64,
  hash_md5: hexHash("MD5"),
  hash_sha1: hexHash("SHA1"),
  hash_sha256: hexHash("SHA256"),
  base64_encode_tostring: define("string", ["string"], (text) => `base64Encode(${text})`),
  base64_encodestring: define("string", ["string"], (text) => `base64Encode(${text})`),
  base64_decode_tostring: define("string", ["string"], (text) => `tryBase64Decode(${text})`),
  base64_decodestring: define("string", ["string"], (text) => `tryBase64Decode(${text})`),
  url_encode: define("string", ["string"], (text) =>
    smallEscapes(`encodeURLFormComponent(${text})`),
  ),
  url_encode_component: define("string", ["string"], (text) =>
    smallEscapes(`encodeURLComponent(${text})`),
  ),
  url_decode: define("string", ["string"], (text) => `decodeURLComponent(${text})`),
  tohex: define("string", ["long", "long"], (value, width) => {
    const digits = `replaceRegexpOne(lower(hex(toInt64(assumeNotNull(${value})))), '^0+(.)', '\\\\1')`;
    const padded =
      width === undefined
        ? digits
        : bind(
            digits,
            (text) =>
              `if(length(${text}) < ${width}, leftPad(${text}, assumeNotNull(${width}), '0'), ${text})`,
          );
    return `if(isNull(${value}), '', ${padded})`;
  }),
};
