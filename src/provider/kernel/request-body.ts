import type { z } from "zod";
import { RequestContentError } from "../../arm/error-envelope.ts";
import { NightcapError } from "../../common/errors.ts";
import { readBody } from "../../common/http.ts";
import { jsonErrorPosition } from "./json-position.ts";

/** Azure takes 4 MB; so do we. */
const bodySizeBytesMax = 4 << 20;
const detailCountMax = 32;

/** The request's JSON; undefined when there is none. `InvalidRequestContent` says where it breaks. */
export async function readJson(request: Request): Promise<unknown> {
  const encoding = request.headers.get("content-encoding")?.trim() ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw unsupported(`The content encoding '${encoding.slice(0, 80)}' is not supported.`);
  }
  const bytes = await readBody(request, bodySizeBytesMax);
  if (bytes === null) {
    throw new NightcapError("RequestTooLarge", `request body is over ${bodySizeBytesMax} bytes`);
  }
  const text = decode(bytes);
  if (text.trim() === "") return undefined;
  checkMediaType(request);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "";
    throw new NightcapError(
      "InvalidRequestContent",
      `request body is not valid JSON at ${describePosition(text)}: ${why}`,
      { cause },
    );
  }
}

/** `body` in the shape of `schema`; throws `InvalidRequestContent` with a detail for each field at fault. */
export function parseContent<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
): z.infer<Schema> {
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  const details = result.error.issues.slice(0, detailCountMax).map((issue) => ({
    code: "InvalidParameter",
    target: issue.path.join("."),
    message: `${issue.path.length > 0 ? issue.path.join(".") : "request body"}: ${issue.message}`,
  }));
  throw new RequestContentError(details.map(({ message }) => message).join("; "), details);
}

/** A body without a type is taken for what all bodies here are. */
function checkMediaType(request: Request): void {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim() ?? "";
  if (/^$|^(?:application|text)\/(?:[\w.-]+\+)?json$/i.test(type)) return;
  throw unsupported(
    `The content media type '${type.slice(0, 80)}' is not supported. Only 'application/json' is supported.`,
  );
}

const unsupported = (message: string): NightcapError =>
  new NightcapError("UnsupportedMediaType", message);

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new NightcapError("InvalidRequestContent", "request body is not UTF-8", { cause });
  }
}

function describePosition(text: string): string {
  const at = jsonErrorPosition(text);
  const before = text.slice(0, at).split("\n");
  return `position ${at} (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`;
}
