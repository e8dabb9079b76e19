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
  const bytes = await readBody(request, bodySizeBytesMax);
  if (bytes === null) {
    throw new NightcapError("RequestTooLarge", `request body is over ${bodySizeBytesMax} bytes`);
  }
  const text = decode(bytes);
  if (text.trim() === "") return undefined;
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
