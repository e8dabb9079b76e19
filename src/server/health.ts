import { NightcapError, describeError } from "../common/errors.ts";
import { jsonResponse } from "../common/http.ts";
import type { ProcessMetrics } from "../common/metrics.ts";
import type { State } from "../state/state.ts";

type Endpoint = () => Promise<Response>;

/** `/healthz`: the process answers. `/readyz`: it can do its work. `/metrics`: Prometheus text. */
export function healthEndpoints(
  state: State,
  metrics: ProcessMetrics,
): Readonly<Record<string, Endpoint>> {
  return {
    "/healthz": async () => jsonResponse(200, { status: "ok" }),
    "/readyz": async () => {
      try {
        await state.ping();
        return jsonResponse(200, { status: "ready" });
      } catch (error) {
        const code = error instanceof NightcapError ? error.code : "InternalServerError";
        return jsonResponse(503, { error: { code, message: describeError(error) } });
      }
    },
    "/metrics": async () => {
      const { contentType, body } = await metrics.text();
      return new Response(body, { headers: { "content-type": contentType } });
    },
  };
}
