import { z } from "zod";
import type { SourceName } from "../alert/sources/source.ts";
import { alertFileSources, sentLinesSizeBytesMax } from "../common/alert-file.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import { jsonResponse, readBody, requestUrl } from "../common/http.ts";
import type { HostRecord } from "./enrolment.ts";
import type { ServerContext } from "./context.ts";
import { takeLines } from "../responder/take-lines.ts";
import type { Responder } from "../responder/responder.ts";

const query = z.object({
  source: z.enum(alertFileSources),
  severityMax: z.coerce.number().int().min(0).max(4),
});

/** Lines of a file that an agent follows; `hostId` is the host of its certificate. Null for another path. */
export type AgentAlerts = (request: Request, hostId: string | null) => Promise<Response>;

/** Counts lines by whose they are and what became of them. */
export type CountLine = (labels: { source: SourceName; outcome: string }) => void;

export const agentAlertsPath = "/agent/alerts/";

/**
 * `POST /agent/alerts/{source}?severityMax=N`: answered 200 when all alerts are recorded, so that the agent goes on in its
 * file. A host is believed of itself alone: what its lines say of other hosts makes no capture there.
 */
export function createAgentAlerts(
  { state, settings, log }: Pick<ServerContext, "state" | "settings" | "log">,
  parts: { responder: Pick<Responder, "accept">; countLine: CountLine },
): AgentAlerts {
  const hosts = state.documents<HostRecord>("hosts");
  const { hostLabels } = settings.alertSources;
  const take = async (request: Request, hostId: string | null): Promise<Response> => {
    const host = hostId === null ? null : await hosts.get(hostId);
    if (!host) throw new NightcapError("AuthenticationFailed", "no host's certificate was shown");
    if (request.method !== "POST") throw new NightcapError("MethodNotAllowed", "POST expected");
    const file = readQuery(request);
    const bytes = await readBody(request, sentLinesSizeBytesMax);
    if (!bytes) throw new NightcapError("RequestTooLarge", "too many lines at once");
    const lines = new TextDecoder().decode(bytes).split("\n");
    let count = 0;
    await takeLines(
      lines.filter((line) => line.trim() !== ""),
      {
        file,
        hostLabels,
        countLine(outcome) {
          if (outcome === "alert") count++;
          parts.countLine({ source: file.source, outcome });
        },
        accept: (entries) => parts.responder.accept(entries, { onlyMachine: host.body.resourceId }),
      },
    );
    return jsonResponse(200, { alertCount: count });
  };
  return (request, hostId) =>
    take(request, hostId).catch((error: unknown) => {
      if (!(error instanceof NightcapError)) throw error;
      log.warn({ hostId, code: error.code, reason: describeError(error) }, "lines were not taken");
      const { code, status, message } = error;
      return jsonResponse(status, { error: { code, message } });
    });
}

function readQuery(request: Request): z.infer<typeof query> {
  const { pathname, searchParams } = requestUrl(request);
  const source = pathname.slice(agentAlertsPath.length);
  const parsed = query.safeParse({ source, severityMax: searchParams.get("severityMax") ?? "4" });
  if (parsed.success) return parsed.data;
  throw new NightcapError(
    "InvalidParameter",
    `POST ${agentAlertsPath}{${alertFileSources.join("|")}}?severityMax=0..4 expected`,
  );
}
