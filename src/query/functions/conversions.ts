import { bind } from "../bind.ts";
import { convert } from "../conversion/convert.ts";
import { jsonOfText, toDynamic } from "../conversion/to-dynamic.ts";
import type { KustoType } from "../sql-value.ts";
import { argument } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";

const to =
  (type: KustoType): Translate =>
  (args, call) =>
    convert(argument(args, 0, call), type);

/** Text becomes what its JSON says; everything else becomes a dynamic value as it is. */
const parseJson: Translate = (args, call) => {
  const value = argument(args, 0, call);
  if (value.type === "string") return { sql: jsonOfText(value.sql), type: "dynamic" };
  if (value.type === "dynamic" && value.text !== undefined)
    return { sql: jsonOfText(value.text), type: "dynamic" };
  return toDynamic(value);
};

const kindOf = (json: string): string =>
  bind(
    json,
    (text) =>
      `multiIf(${text} = '', 'null', transform(toString(JSONType(${text})), ['Object', 'Array', 'String', 'Int64', 'UInt64', 'Double', 'Bool', 'Null'], ['dictionary', 'array', 'string', 'long', 'long', 'double', 'bool', 'null'], ''))`,
  );

const gettype: Translate = (args, call) => {
  const value = argument(args, 0, call);
  if (value.type === "dynamic") return { sql: kindOf(value.sql), type: "string" };
  const name = value.type === "real" ? "double" : value.type;
  return { sql: `'${name}'`, type: "string", constant: name };
};

export const conversionFunctions: ScalarFunctions = {
  tostring: to("string"),
  tolong: to("long"),
  toint: to("int"),
  toreal: to("real"),
  todouble: to("real"),
  todecimal: to("decimal"),
  tobool: to("bool"),
  toboolean: to("bool"),
  todatetime: to("datetime"),
  totimespan: to("timespan"),
  totime: to("timespan"),
  toguid: to("guid"),
  todynamic: parseJson,
  toobject: parseJson,
  parse_json: parseJson,
  parsejson: parseJson,
  dynamic_to_json: (args, call) => ({
    sql: toDynamic(argument(args, 0, call)).sql,
    type: "string",
  }),
  gettype,
};
