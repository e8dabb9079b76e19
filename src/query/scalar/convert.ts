import type { KustoType, SqlValue } from "../sql-value.ts";
import { fromDynamic, isPlain, textOfDynamic, toDynamic } from "./dynamic.ts";

/** The value as one of another type, as far as one can be taken for the other without a function's call. */
export function convertedTo(value: SqlValue, type: KustoType): SqlValue {
  if (value.type === type) return value;
  if (type === "dynamic") return toDynamic(value);
  if (value.type === "dynamic") return readDynamic(value, type);
  const nullable = value.nullable !== false;
  const cast = numberCasts[type];
  if (cast) return { sql: `${cast}(${value.sql})`, type, nullable };
  if (type === "string") return { sql: `ifNull(toString(${value.sql}), '')`, type };
  return { ...value, type };
}

const numberCasts: Partial<Record<KustoType, string>> = {
  long: "toInt64",
  int: "toInt32",
  real: "toFloat64",
};

function readDynamic(value: SqlValue, type: KustoType): SqlValue {
  if (isPlain(type)) return fromDynamic(value, type);
  const text = textOfDynamic(value);
  if (type === "datetime")
    return { sql: `parseDateTime64BestEffortOrNull(${text}, 7, 'UTC')`, type };
  if (type === "guid") return { sql: `toUUIDOrNull(${text})`, type };
  if (type === "decimal") return { sql: `toDecimal128OrNull(${text}, 12)`, type };
  return { sql: timespanOfText(text), type };
}

/** The ticks of a timespan that is written as tostring() writes it; null for another text. */
function timespanOfText(text: string): string {
  const pattern = String.raw`'^(-?)(?:(\\d+)\\.)?(\\d+):(\\d+):(\\d+)(?:\\.(\\d{1,7}))?$'`;
  const groups = `extractGroups(${text}, ${pattern})`;
  const part = (index: number): string => `toInt64OrZero(${groups}[${index}])`;
  const seconds = `(${part(2)} * 86400 + ${part(3)} * 3600 + ${part(4)} * 60 + ${part(5)})`;
  const ticks = `${seconds} * 10000000 + toInt64OrZero(rightPad(${groups}[6], 7, '0'))`;
  return `if(empty(${groups}), NULL, if(${groups}[1] = '-', -1, 1) * (${ticks}))`;
}
