import { z } from "zod";
import { type Clock, isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import {
  extendCapture,
  extended,
  type ExtendedCapture,
} from "../../provider/captures/extend-capture.ts";
import { sessionStore } from "../../provider/captures/session-store.ts";
import type { State } from "../../state/state.ts";
import { extendProtocolVersion } from "../../uplink/messages.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { listOf, time } from "../openapi/shapes.ts";
import { findCaptures } from "../retention/find-captures.ts";

/** Azure's longest time of a recording into one file. */
const secondsMax = 18_000;
/** Hosts of a scale set's capture. */
const sessionCountMax = 1_000;

const extendRequest = z.strictObject({
  seconds: z.int().min(1).max(secondsMax).describe("For so much longer than it was to record"),
});
const viewed = z.object({
  sessionId: z.string(),
  timeLimitInSeconds: z.int().describe("As it is now, from its beginning"),
  endsAt: time,
});

export interface ExtendApiOptions {
  state: State;
  clock: Clock;
  hub: { protocolVersionOf(hostId: string): number | null };
  /** Whoever waits for the capture's end is told. */
  onExtended: (captureId: string, extended: ExtendedCapture) => Promise<void>;
  /** What is wanted of a capture has changed. */
  wake: () => void;
}

/** A recording that goes on goes on for longer. Azure has no call for it. */
export const extendRoutes = (options: ExtendApiOptions): ApiRoute[] => [
  route(
    {
      method: "POST",
      path: "/nightcap/v1/captures/{capture}/extend",
      summary: "Lets a recording that goes on go on for longer",
      errors: [
        "InvalidParameter",
        "ResourceNotFound",
        "Conflict",
        "VMAgentStatusCommunicationError",
      ],
      body: extendRequest,
      answers: { 200: { description: "How long each host records now", json: listOf(viewed) } },
    },
    async ({ params: { capture }, body: { seconds }, note }) => {
      note(`${capture}: ${seconds} s longer`);
      return { status: 200, body: { value: await extend(options, capture, seconds) } };
    },
  ),
];

async function extend(
  { state, clock, hub, onExtended, wake }: ExtendApiOptions,
  name: string,
  seconds: number,
): Promise<z.input<typeof viewed>[]> {
  const found = (await findCaptures(state, name)).slice(0, sessionCountMax);
  for (const { key } of found) await checkSession(state, key, { seconds, hub });
  const value = [];
  for (const { key, captureId } of found) {
    const longer = await extendCapture(state, key, { seconds, now: clock.now() });
    if (captureId !== null) await onExtended(captureId, longer);
    value.push({ ...longer, endsAt: isoTime(longer.endsAt) });
  }
  wake();
  return value;
}

/** All hosts can, or none is asked; nothing is promised that an older agent, or one that is away, would not do. */
async function checkSession(
  state: State,
  sessionId: string,
  { seconds, hub }: { seconds: number } & Pick<ExtendApiOptions, "hub">,
): Promise<void> {
  const session = (await sessionStore(state).get(sessionId))?.body;
  if (!session) throw new NightcapError("Conflict", "its recording is over");
  extended(session, seconds);
  const version = hub.protocolVersionOf(session.hostId);
  if (version !== null && version >= extendProtocolVersion) return;
  const why = version === null ? "is not connected" : "is too old to make a recording longer";
  throw new NightcapError("VMAgentStatusCommunicationError", `the host's agent ${why}`);
}
