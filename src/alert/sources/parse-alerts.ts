import { NightcapError } from "../../common/errors.ts";
import { readAlertmanager } from "./alertmanager.ts";
import { readAzureMonitor } from "./azure-monitor.ts";
import { envelopeOfHeaders, isBinaryEvent, openEnvelope } from "./cloud-events.ts";
import { detectSource } from "./detect.ts";
import { readFalco } from "./falco.ts";
import { readGeneric } from "./generic.ts";
import { readGrafana } from "./grafana.ts";
import {
  alertCountMax,
  type AlertEntry,
  type SourceAlerts,
  type SourceName,
  type SourceOptions,
  type SourceReader,
  unreadable,
} from "./source.ts";
import { readSuricata } from "./suricata.ts";

/** A body as it came, and what is known of it. */
export interface AlertBody {
  bytes: Uint8Array;
  headers: Headers;
  /** What the door's path says it is; null: look at it. */
  source: SourceName | null;
}

/** All that a body said, in its order, alerts that are over among them. */
export interface ParsedAlerts {
  /** Who sent it, as the path says or as its documents look; an envelope's own is here, and what it carries in its entries. */
  sources: ReadonlySet<SourceName>;
  entries: readonly AlertEntry[];
  leftOutCount: number;
  /** True for a body that is one document of a form that always is one alert. */
  single: boolean;
}

const readers: Readonly<Record<Exclude<SourceName, "cloudEvents">, SourceReader>> = {
  azureMonitor: readAzureMonitor,
  alertmanager: readAlertmanager,
  grafana: readGrafana,
  falco: readFalco,
  suricata: readSuricata,
  generic: readGeneric,
};

/** For what is no alert of anybody's: it has to be somebody's. */
const unknownSource: SourceName = "generic";

/**
 * Reads a body of any source: one document, a list of them, or a document a line. Never throws: what cannot be read is an
 * entry that says why, beside those that can. Resolved alerts are there too, with `fired` false.
 */
export function parseAlerts(body: AlertBody, options: SourceOptions): ParsedAlerts {
  const documents = readDocuments(body);
  const parts = documents.map((document) => readDocument(document, body.source, options));
  const entries = parts.flatMap((part) => part.entries);
  return {
    sources: new Set(parts.flatMap(({ source }) => source ?? [])),
    entries: entries.length > alertCountMax ? [tooMany(entries.length)] : entries,
    leftOutCount: parts.reduce((sum, part) => sum + part.leftOutCount, 0),
    single: parts.length === 1 && (parts[0]?.single ?? false),
  };
}

/** A document, or why there is none. */
type Document = { value: unknown; inList: boolean } | { error: NightcapError };

function readDocuments({ bytes, headers }: AlertBody): Document[] {
  const text = decode(bytes);
  if (text instanceof NightcapError) return [{ error: text }];
  const whole = parseJson(text);
  if (whole instanceof NightcapError) return readLines(text, whole);
  if (isBinaryEvent(headers)) return [binaryEvent(headers, whole)];
  if (!Array.isArray(whole)) return [{ value: whole, inList: false }];
  if (whole.length === 0) return [{ error: unreadable("alert is not a JSON object but array") }];
  if (whole.length > alertCountMax) return [{ error: tooMany(whole.length).error }];
  return whole.map((value: unknown) => ({ value, inList: true }));
}

/** A document a line, as Falco and Suricata write; a text of one line is no JSON. */
function readLines(text: string, whole: NightcapError): Document[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length < 2) return [{ error: whole }];
  if (lines.length > alertCountMax) return [{ error: tooMany(lines.length).error }];
  const documents = lines.map((line): Document => {
    const value = parseJson(line);
    return value instanceof NightcapError ? { error: value } : { value, inList: true };
  });
  return documents.every((document) => "error" in document) ? [{ error: whole }] : documents;
}

function binaryEvent(headers: Headers, data: unknown): Document {
  try {
    return { value: envelopeOfHeaders(headers, data), inList: false };
  } catch (error) {
    return { error: asUnreadable(error) };
  }
}

interface DocumentAlerts extends SourceAlerts {
  source: SourceName | null;
}

function readDocument(
  document: Document,
  named: SourceName | null,
  options: SourceOptions,
): DocumentAlerts {
  if ("error" in document) return failed(named, document.error);
  let source = named;
  try {
    source ??= detectSource(document.value);
    const read = readFrom(source, document.value, options);
    return { ...read, source, single: read.single && !document.inList };
  } catch (error) {
    return failed(source, asUnreadable(error));
  }
}

function readFrom(source: SourceName, value: unknown, options: SourceOptions): SourceAlerts {
  if (source !== "cloudEvents") return readers[source](value, options);
  const carried = openEnvelope(value);
  const inner = detectSource(carried);
  if (inner === "cloudEvents") throw unreadable("alert is an envelope in an envelope");
  return readers[inner](carried, options);
}

const failed = (source: SourceName | null, error: NightcapError): DocumentAlerts => ({
  source,
  entries: [{ source: source ?? unknownSource, kind: "unreadable", error }],
  leftOutCount: 0,
  single: true,
});

const tooMany = (count: number) => ({
  source: unknownSource,
  kind: "unreadable" as const,
  error: unreadable(`body has ${count} alerts; at most ${alertCountMax} allowed`),
});

function asUnreadable(error: unknown): NightcapError {
  if (error instanceof NightcapError && error.status < 500) return error;
  throw error;
}

function decode(bytes: Uint8Array): string | NightcapError {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    return unreadable("alert is not JSON in UTF-8", { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    return unreadable("alert is not JSON in UTF-8", { cause });
  }
}
