/** Far deeper than anything we sign; what is deeper is refused before the stack is. */
const depthMax = 64;

/**
 * The one text of a JSON value (RFC 8785, JSON Canonicalization Scheme): no white space, names in the
 * order of their UTF-16 code units, numbers and strings as ECMAScript writes them. Throws `TypeError`
 * for what JSON has no place for: it would be signed as something else than it is.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  if (depth > depthMax) throw new TypeError(`JSON is nested deeper than ${depthMax}`);
  if (typeof value === "string") return writeString(value);
  if (typeof value === "number") return writeNumber(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    // Not `map`, which passes over holes.
    return `[${Array.from(items, (item) => write(item, depth + 1)).join(",")}]`;
  }
  if (typeof value === "object") return writeObject(value, depth);
  throw new TypeError(`JSON has no ${typeof value}`);
}

function writeObject(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError("JSON has plain objects only");
  }
  const names = Object.keys(value).toSorted(compareCodeUnits);
  const members = names.map((name) => {
    const member = (value as Record<string, unknown>)[name];
    return `${writeString(name)}:${write(member, depth + 1)}`;
  });
  return `{${members.join(",")}}`;
}

/** RFC 8785, 3.2.3: JavaScript compares texts by their UTF-16 code units. */
const compareCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** RFC 8785, 3.2.2.2: half of a surrogate pair ends the work, since no UTF-8 holds it. */
function writeString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("text has half of a surrogate pair");
  return JSON.stringify(text);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`JSON has no ${value}`);
  return JSON.stringify(value);
}
