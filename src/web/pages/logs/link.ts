import { gunzipText, gzipText } from "./gzip-text.ts";

/** What a link to the page of logs carries. */
export interface LogsPlace {
  readonly query: string;
  /** ISO 8601, as the API takes it; null: the query says by itself. */
  readonly timespan?: string | null;
}

/** Of a query that stands in a link as it is. */
const plainQueryCharactersMax = 2_000;
/** Of a query out of a link; the control plane takes no longer one. */
const querySizeBytesMax = 800_000;
const timespanCharactersMax = 200;

/** The address of the page of logs with a query in it, which it runs when it opens; below `/ui`, as links of the page are. */
export function logsLink({ query, timespan = null }: LogsPlace): string {
  const parameters = new URLSearchParams(
    query.length <= plainQueryCharactersMax ? { query } : { q: base64Url(gzipText(query)) },
  );
  if (timespan !== null) parameters.set("timespan", timespan);
  return `/logs?${parameters}`;
}

/** What the address carries; null where it has no query, or none that can be read. */
export function readLogsLink(parameters: URLSearchParams): Required<LogsPlace> | null {
  const query = parameters.get("query") ?? unpacked(parameters.get("q") ?? "");
  if (query === null || query === "") return null;
  const timespan = parameters.get("timespan")?.slice(0, timespanCharactersMax) ?? null;
  return { query, timespan: timespan === "" ? null : timespan };
}

function unpacked(text: string): string | null {
  if (text.length > querySizeBytesMax) return null;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return gunzipText(Uint8Array.from(binary, byteOf), querySizeBytesMax);
  } catch {
    return null;
  }
}

const byteOf = (character: string): number => character.charCodeAt(0);

/** RFC 4648, 5, without padding. */
const base64Url = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
