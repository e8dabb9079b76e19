import type { CatalogField } from "../filter/catalog.ts";
import { kindOf, type Value } from "../filter/value-kind.ts";
import type { Layer } from "../dissect/frame.ts";
import { fieldLabels, valueWords } from "./field-words.ts";
import { bytesText, valueText } from "../filter/value-text.ts";

/** Characters of a value, and bytes of one that is shown in hexadecimal. */
const valueLengthMax = 2_000;
const valueSizeBytesMax = 64;

/** Numbers that are read in hexadecimal. */
const inHexadecimal = /(?:checksum|\.flags|\.id|^eth\.type|\.etype|_raw_hex)$/;

const hexDigits: Readonly<Record<string, number>> = {
  uint8: 2,
  uint16: 4,
  uint24: 6,
  uint32: 8,
};

/** Fields that say again what others do, in another form to filter by. */
const sayAgain =
  /_resolved$|(?:\.|_)host$|^frame\.(?:offset_shift|marked|ignored|time_delta_displayed|time_epoch)$/;

/** True for what would only make the tree longer. */
export const isForFiltersOnly = ({ protocol }: Layer, name: string): boolean =>
  (sayAgain.test(name) && !name.startsWith("http.")) ||
  (protocol === "ipv6" && name === "ip.version");

/** What the field is, with a capital as in a list. */
export function fieldLabel({ name, description }: CatalogField): string {
  const text = fieldLabels[name] ?? (description === "" ? name : description);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** The value as a person reads it: numbers of protocols with their names. */
export function shownValue(field: CatalogField, value: Value): string {
  const text = plainText(field, value);
  const word = typeof value === "number" ? valueWords[field.name]?.[value] : undefined;
  return word === undefined ? text : `${text} (${word})`;
}

function plainText({ name, type }: CatalogField, value: Value): string {
  if (kindOf(type) === "none") return "";
  if (value instanceof Uint8Array && kindOf(type) !== "ipv6") {
    const text = bytesText(value.subarray(0, valueSizeBytesMax), type === "ether" ? ":" : "");
    return value.length > valueSizeBytesMax ? `${text}… (${value.length} bytes)` : text;
  }
  const digits = hexDigits[type];
  if (typeof value === "number" && digits !== undefined && inHexadecimal.test(name))
    return `0x${value.toString(16).padStart(digits, "0")}`;
  const text = valueText(value, type);
  return text.length > valueLengthMax ? `${text.slice(0, valueLengthMax)}…` : text;
}
