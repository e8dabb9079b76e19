import type { Fields } from "../field.ts";
import type { Layer } from "../frame.ts";
import { parsedFields, type Emit } from "../parsed-fields.ts";

const headSizeMax = 16_384;
const decoder = new TextDecoder();

/** Header fields by their long and short names (RFC 3261, 20). */
const headers: Readonly<Record<string, string>> = {
  "call-id": "sip.Call-ID",
  i: "sip.Call-ID",
  from: "sip.From",
  f: "sip.From",
  to: "sip.To",
  t: "sip.To",
  via: "sip.Via",
  v: "sip.Via",
  cseq: "sip.CSeq",
  contact: "sip.Contact",
  m: "sip.Contact",
  "user-agent": "sip.User-Agent",
  server: "sip.Server",
  "content-type": "sip.Content-Type",
  c: "sip.Content-Type",
};

function parse({ bytes, start, end }: Layer, emit: Emit): void {
  const text = decoder.decode(bytes.subarray(start, Math.min(end, start + headSizeMax)));
  const [first = "", ...lines] = (text.split(/\r?\n\r?\n/, 1)[0] ?? "").split(/\r?\n/);
  const status = /^SIP\/2\.0 (\d{3})/.exec(first);
  const request = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(first);
  if (status) {
    emit("sip.Status-Line", first);
    emit("sip.Status-Code", Number(status[1]));
  } else if (request) {
    emit("sip.Request-Line", first);
    emit("sip.Method", request[1] ?? "");
    emit("sip.r-uri", request[2] ?? "");
  }
  for (const line of lines) emitHeader(line, emit);
}

function emitHeader(line: string, emit: Emit): void {
  const colon = line.indexOf(":");
  const field = colon > 0 ? headers[line.slice(0, colon).trim().toLowerCase()] : undefined;
  if (field === undefined) return;
  const value = line.slice(colon + 1).trim();
  emit(field, value);
  if (field !== "sip.CSeq") return;
  const [sequence = "", method = ""] = value.split(/\s+/);
  if (/^\d{1,10}$/.test(sequence)) emit("sip.CSeq.seq", Number(sequence));
  emit("sip.CSeq.method", method);
}

/** Fields of SIP messages. */
export const sipFields: Fields = parsedFields(parse, {
  "sip.Request-Line": ["string", "first line of a request"],
  "sip.Method": ["string", "method"],
  "sip.r-uri": ["string", "target"],
  "sip.Status-Line": ["string", "first line of a response"],
  "sip.Status-Code": ["uint32", "status"],
  "sip.CSeq.seq": ["uint32", "number of the request"],
  "sip.CSeq.method": ["string", "method of the request"],
  ...Object.fromEntries(
    Object.values(headers).map((name) => [name, ["string", "header field"] as const]),
  ),
});
