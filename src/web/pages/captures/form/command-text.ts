import type { CaptureProperties } from "./form-state.ts";

export const apiVersion = "2024-05-01";

/** The body of the PUT, for whoever sends it by a program. */
export const jsonText = (properties: CaptureProperties): string =>
  JSON.stringify({ properties }, null, 2);

/** What `az network watcher packet-capture create` has an option for. */
const optionNames: Readonly<Record<string, string>> = {
  bytesToCapturePerPacket: "--capture-size",
  totalBytesPerSession: "--capture-limit",
  timeLimitInSeconds: "--time-limit",
};
const placeNames: Readonly<Record<string, string>> = {
  storageId: "--storage-account",
  storagePath: "--storage-path",
  filePath: "--file-path",
};
const known = new Set(["target", "storageLocation", "filters", ...Object.keys(optionNames)]);

/**
 * The command line that makes the same capture. What `az` has no option for it would leave out
 * silently: such a capture is sent with `az rest`.
 */
export function azText(id: string, properties: CaptureProperties): string {
  const isPlain = Object.keys(properties).every((name) => known.has(name));
  return isPlain ? createText(id, properties) : restText(id, properties);
}

function createText(id: string, properties: CaptureProperties): string {
  const place = (properties["storageLocation"] ?? {}) as Record<string, string>;
  const target = plain(properties["target"]).split("/");
  const options: [string, string][] = [
    ["-g", target[4] ?? ""],
    ["--vm", target.at(-1) ?? ""],
    ["-n", id.split("/").at(-1) ?? ""],
    ...picked(place, placeNames),
    ...picked(properties, optionNames),
  ];
  const filters = properties["filters"];
  if (filters !== undefined) options.push(["--filters", JSON.stringify(filters)]);
  const words = options.map(([option, value]) => `${option} ${quoted(value)}`);
  return ["az network watcher packet-capture create", ...words].join(" \\\n  ");
}

const picked = (
  from: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>>,
): [string, string][] =>
  Object.entries(names).flatMap(([field, option]): [string, string][] =>
    from[field] === undefined ? [] : [[option, plain(from[field])]],
  );

const restText = (id: string, properties: CaptureProperties): string =>
  `az rest --method put \\
  --url ${quoted(`${id}?api-version=${apiVersion}`)} \\
  --body ${quoted(JSON.stringify({ properties }))}`;

const plain = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value ?? "");

/** As a POSIX shell takes a word literally (XCU 2.2.2). */
const quoted = (text: string): string =>
  /^[\w./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
