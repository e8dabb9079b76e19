import { isoTime } from "../../common/clock.ts";
import { type MachineRecord, machineRecords } from "../../provider/compute/machines.ts";
import { flowLogHosts } from "../../provider/network/flow-log-reconciler.ts";
import type { State } from "../../state/state.ts";
import { blockHosts } from "../blocks/block-store.ts";
import type { HostStanding } from "../hosts/host-states.ts";
import { makeTrouble, type Trouble } from "./trouble.ts";

/** Hosts that are looked at; beyond, the list of hosts says how they stand. */
const hostCountMax = 5_000;

interface HostSources {
  state: State;
  standingOf: (hostId: string) => HostStanding;
}

/** Hosts that are away, and recorders, blocks and flow logs that do not do what they should. */
export async function hostTroubles({ state, standingOf }: HostSources): Promise<Trouble[]> {
  const [machines, blocks, flowLogs] = await Promise.all([
    machineRecords(state).list({ limit: hostCountMax }),
    blockHosts(state).list({ limit: hostCountMax }),
    flowLogHosts(state).list({ limit: hostCountMax }),
  ]);
  const refused = new Map(blocks.map(({ key, body }) => [key, body.observed?.refused ?? []]));
  const flows = new Map(flowLogs.map(({ key, body }) => [key, body.observed?.error ?? null]));
  return machines.flatMap(({ body }) => {
    const { hostId } = body;
    const about = aboutOf(body);
    const blockProblems = (refused.get(hostId) ?? []).map(({ message }) =>
      makeTrouble({ ...about, kind: "blockRefused", detail: message }),
    );
    const flowProblem = flows.get(hostId) ?? null;
    return standingTroubles(about, standingOf(hostId)).concat(
      blockProblems,
      flowProblem === null
        ? []
        : makeTrouble({ ...about, kind: "flowLoggingFailed", detail: flowProblem }),
    );
  });
}

function aboutOf({ resourceId }: MachineRecord): Pick<Trouble, "subject" | "page"> {
  const subject = resourceId.slice(resourceId.lastIndexOf("/") + 1);
  return { subject, page: `/hosts/${encodeURIComponent(subject)}` };
}

/** A host that never came is not away: its first connection is still to be. */
function standingTroubles(
  about: Pick<Trouble, "subject" | "page">,
  { connected, since, lastSeenAt, told }: HostStanding,
): Trouble[] {
  if (!connected) {
    if (lastSeenAt === null) return [];
    const from = isoTime(since ?? lastSeenAt);
    return [makeTrouble({ ...about, kind: "hostAway", severity: "bad", since: from })];
  }
  if (!told) return [];
  const { recorder, recorderOff } = told.state;
  if (recorderOff?.code === "failed") {
    const detail = recorderOff.message;
    return [makeTrouble({ ...about, kind: "ringFailed", severity: "bad", detail })];
  }
  const failing = recorder?.interfaces.filter((each) => each.trouble !== null) ?? [];
  if (failing.length === 0) return [];
  const detail = failing.map(({ name, trouble }) => `${name}: ${trouble}`).join("; ");
  return [makeTrouble({ ...about, kind: "ringTrouble", count: failing.length, detail })];
}
