import { describeError } from "../../common/errors.ts";
import type { ServerContext } from "../context.ts";
import type { HostRecord } from "../enrolment.ts";

/** A host that came says so in the state; of one that went nothing is written, so it is told here. */
export async function tellAway(
  { state, events, log }: Pick<ServerContext, "state" | "events" | "log">,
  hostId: string,
): Promise<void> {
  try {
    const host = await state.documents<HostRecord>("hosts").get(hostId);
    if (host) events.publish({ kind: "host", id: host.body.resourceId, change: "put" });
  } catch (error) {
    log.debug({ reason: describeError(error), hostId }, "nobody is told that a host is away");
  }
}
