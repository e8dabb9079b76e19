import { z } from "zod";
import { type Clock, isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { sessionStore } from "../../provider/captures/session-store.ts";
import type { State } from "../../state/state.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { time } from "../openapi/shapes.ts";

const daysMax = 30;
const secondsPerDay = 86_400;

const wantedLink = z.strictObject({
  sessionId: z.uuid().describe("Of the recording whose report may be read"),
  lifeSeconds: z
    .int()
    .min(1)
    .max(daysMax * secondsPerDay)
    .default(secondsPerDay),
});

/** Links to reports that end: for whoever is not signed in. */
export const reportLinkRoutes = (options: {
  state: State;
  clock: Pick<Clock, "now">;
  linkTo(sessionId: string, until: number): string;
}): ApiRoute[] => [
  route(
    {
      method: "POST",
      path: "/nightcap/v1/report-links",
      summary: "A link with which whoever has it may read one report, for a time",
      errors: ["ResourceNotFound"],
      body: wantedLink,
      answers: {
        201: { description: "Made", json: z.object({ link: z.string(), expires: time }) },
      },
    },
    async ({ body: { sessionId, lifeSeconds }, note }) => {
      note(sessionId);
      const found = await sessionStore(options.state).get(sessionId);
      if (found?.body.result?.reportLink === undefined) {
        throw new NightcapError("ResourceNotFound", `recording ${sessionId} has no report`);
      }
      const until = options.clock.now() + lifeSeconds * 1_000;
      note(`${sessionId}, until ${isoTime(until)}`);
      const link = options.linkTo(sessionId, until);
      return { status: 201, body: { link, expires: isoTime(until) } };
    },
  ),
];
