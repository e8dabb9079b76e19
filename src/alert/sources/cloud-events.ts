import { z } from "zod";
import { presentText, text } from "../incoming-parts.ts";
import { readShape, unreadable } from "./source.ts";

/**
 * The envelope of CloudEvents 1.0; what it carries is any form that is read without it.
 * Source: cloudevents.io, spec 1.0.2 with its JSON format and its HTTP binding.
 */
const envelope = z.object({
  specversion: z.literal("1.0", { error: 'not supported: specversion (supported: "1.0")' }),
  id: presentText,
  source: presentText,
  type: presentText,
  time: text.nullish(),
  datacontenttype: text.nullish(),
  data: z.unknown().optional(),
  data_base64: z.string().nullish(),
});

const headerPrefix = "ce-";
const attributeCountMax = 64;

/** What an envelope carries; throws when it is not JSON or there is nothing in it. */
export function openEnvelope(body: unknown): unknown {
  const { data, data_base64: encoded, datacontenttype: type } = readShape(envelope, body, nameOf());
  if (type && !/[/+]json\b/i.test(type)) {
    throw unreadable(`alert ${nameOf()}: not supported: datacontenttype "${type.slice(0, 100)}"`);
  }
  if (data !== undefined) return data;
  if (encoded === undefined || encoded === null) {
    throw unreadable(`alert ${nameOf()}: data is missing`);
  }
  try {
    return JSON.parse(Buffer.from(encoded, "base64").toString("utf8"));
  } catch (cause) {
    throw unreadable(`alert ${nameOf()}: data_base64 is not JSON`, { cause });
  }
}

const nameOf = (): string => "in a CloudEvents envelope";

/** True for the binary mode: the attributes are headers, the body is the data. */
export const isBinaryEvent = (headers: Headers): boolean =>
  headers.has(`${headerPrefix}specversion`);

/** The envelope of the binary mode as the structured mode would have it. */
export function envelopeOfHeaders(headers: Headers, data: unknown): Record<string, unknown> {
  const attributes = [...headers]
    .filter(([name]) => name.startsWith(headerPrefix))
    .slice(0, attributeCountMax)
    .map(([name, value]) => [name.slice(headerPrefix.length), decodeValue(value)] as const);
  return { ...Object.fromEntries(attributes), data };
}

/** HTTP binding 3.1.3.2: quotes first, then one round of percent-decoding. */
function decodeValue(value: string): string {
  const quoted = /^"(.*)"$/s.exec(value)?.[1]?.replaceAll(/\\(.)/g, "$1") ?? value;
  try {
    return decodeURIComponent(quoted);
  } catch (cause) {
    throw unreadable("a ce- header is not percent-encoded UTF-8", { cause });
  }
}
