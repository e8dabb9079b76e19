import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { isoTime } from "../../common/clock.ts";
import { type HttpHandler, jsonResponse } from "../../common/http.ts";
import type { KeyRing } from "../../storage/vault/key-ring.ts";
import { readReportFile } from "./report-file.ts";
import { reportFiles } from "./report-task.ts";

const keyHexLength = 32;
const contentTypes = {
  html: "text/html; charset=utf-8",
  text: "text/plain; charset=utf-8",
  json: "application/json; charset=utf-8",
} as const;

/**
 * `/reports/{sessionId}.{html|text|json}?key=...`: whoever has the link may read that one report; with
 * `until` as well, not after that moment, which the key is made for too.
 */
export interface ReportLinks {
  /** `until`: milliseconds since the epoch; absent: for as long as there is the report. */
  linkTo(sessionId: string, until?: number): string;
  handler: HttpHandler;
}

export function createReportLinks(options: {
  baseUrl: string;
  /** Signs links; whoever has it can read every report. */
  secret: Uint8Array;
  directoryOf(sessionId: string): string;
  /** What reports are encrypted with; null: nothing. */
  keys: KeyRing | null;
  now: () => number;
  /** Somebody is about to be shown a report. Rejects to refuse it. */
  onView(request: Request, view: { sessionId: string; form: string }): Promise<void>;
}): ReportLinks {
  const keyOf = (sessionId: string, until: string | null): string =>
    createHmac("sha256", options.secret)
      .update(until === null ? sessionId : `${sessionId}\n${until}`)
      .digest("hex")
      .slice(0, keyHexLength);
  return {
    linkTo(sessionId, until) {
      const bound = until === undefined ? null : isoTime(until);
      const ending = bound === null ? "" : `&until=${encodeURIComponent(bound)}`;
      return `${options.baseUrl}/reports/${sessionId}.html?key=${keyOf(sessionId, bound)}${ending}`;
    },
    async handler(request) {
      const url = new URL(request.url);
      const [, sessionId = "", kind = ""] = /^\/reports\/([^/.]+)\.(\w+)$/.exec(url.pathname) ?? [];
      const form = z.enum(["html", "text", "json"]).safeParse(kind);
      const given = Buffer.from(url.searchParams.get("key") ?? "");
      const until = url.searchParams.get("until");
      const expected = Buffer.from(keyOf(sessionId, until));
      const isOver = until !== null && !(Date.parse(until) > options.now());
      const allowed =
        !isOver && given.length === expected.length && timingSafeEqual(given, expected);
      const place =
        z.uuid().safeParse(sessionId).success && form.success && allowed
          ? { directory: options.directoryOf(sessionId), name: reportFiles[form.data] }
          : null;
      const content = place && (await readReportFile(place, options.keys).catch(() => null));
      if (content === null || !form.success) {
        // One answer for every reason: a guess learns nothing.
        const error = {
          code: "ResourceNotFound",
          message: "no such report, or its key is wrong or over",
        };
        return jsonResponse(404, { error });
      }
      const refused = await options.onView(request, { sessionId, form: form.data }).then(
        () => null,
        () => ({ code: "AccessLogFailed", message: "the access could not be recorded" }),
      );
      if (refused) return jsonResponse(503, { error: refused });
      return new Response(content, {
        headers: {
          "content-type": contentTypes[form.data],
          "cache-control": "private, no-store",
          "referrer-policy": "no-referrer",
          "x-content-type-options": "nosniff",
        },
      });
    },
  };
}
