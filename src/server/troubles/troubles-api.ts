import { z } from "zod";
import { isoTime } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import { viewAlertSources } from "../alert-sources.ts";
import type { ServerContext } from "../context.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import type { Work } from "../work.ts";
import { captureTroubles } from "./capture-troubles.ts";
import { hostTroubles } from "./host-troubles.ts";
import { storeTroubles } from "./store-troubles.ts";
import { makeTrouble, trouble, type Trouble } from "./trouble.ts";

const answerCountMax = 500;
const dayMilliseconds = 24 * 3_600_000;

type Sources = Pick<ServerContext, "state" | "clock"> &
  Pick<Work, "notifications" | "retention" | "encryption" | "hostStates">;

/** What is wrong with Nightcap itself, looked at when it is asked. */
export const troubleRoutes = (sources: Sources): ApiRoute[] => [
  route(
    {
      method: "GET",
      path: "/nightcap/v1/troubles",
      summary: "What is wrong with Nightcap itself now, the worst first",
      answers: {
        200: {
          description: "Nothing: an empty list",
          json: z.object({ value: z.array(trouble), count: z.int() }),
        },
      },
    },
    async () => {
      const found = (await Promise.all(looks(sources).map(lookSafely))).flat();
      const ordered = found.toSorted((a, b) => rankOf(a) - rankOf(b));
      return {
        status: 200,
        body: { value: ordered.slice(0, answerCountMax), count: ordered.length },
      };
    },
  ),
];

const rankOf = ({ severity }: Trouble): number => (severity === "bad" ? 0 : 1);

interface Look {
  part: string;
  find: () => Promise<Trouble[]>;
}

const looks = (sources: Sources): Look[] => [
  {
    part: "hosts",
    find: () =>
      hostTroubles({
        state: sources.state,
        standingOf: (hostId) => sources.hostStates.standingOf(hostId),
      }),
  },
  { part: "captures", find: () => captureTroubles(sources.state, sources.clock.now()) },
  { part: "storage", find: async () => storeTroubles(await sources.retention.usage()) },
  { part: "notifications", find: () => lostNotifications(sources) },
  { part: "alerts", find: () => unplacedAlerts(sources) },
  { part: "encryption", find: async () => stuckEncryption(sources) },
];

/** A part that cannot be looked at hides none of the others. */
async function lookSafely({ part, find }: Look): Promise<Trouble[]> {
  try {
    return await find();
  } catch (error) {
    return [makeTrouble({ kind: "notKnown", subject: part, detail: describeError(error) })];
  }
}

async function lostNotifications({ notifications }: Sources): Promise<Trouble[]> {
  const letters = await notifications.outbox.deadLetters();
  const [first] = letters.toSorted((a, b) => a.diedAt - b.diedAt);
  if (!first) return [];
  const detail = `${first.entry.target}: ${first.entry.lastError ?? ""}`;
  const since = isoTime(first.diedAt);
  const page = "/settings?part=targets";
  const count = letters.length;
  return [makeTrouble({ kind: "notificationsLost", severity: "bad", count, detail, since, page })];
}

async function unplacedAlerts({ state, clock }: Sources): Promise<Trouble[]> {
  const { unplaced } = await viewAlertSources(state);
  const begin = isoTime(clock.now() - dayMilliseconds);
  const recent = unplaced.filter(({ receivedTime }) => receivedTime >= begin);
  const [newest] = recent;
  if (!newest) return [];
  const detail = `${newest.source}, ${newest.names.join(", ")}: ${newest.reason}`;
  const since = recent.at(-1)?.receivedTime ?? null;
  return [makeTrouble({ kind: "alertsUnplaced", count: recent.length, detail, since })];
}

function stuckEncryption({ encryption }: Sources): Trouble[] {
  const { problem } = encryption.view();
  if (problem === null) return [];
  const page = "/settings?part=keys";
  return [makeTrouble({ kind: "encryptionStuck", severity: "bad", detail: problem, page })];
}
