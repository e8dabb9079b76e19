import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log.ts";
import type { CaptureSession } from "../../provider/captures/capture-session.ts";
import { sessionStore } from "../../provider/captures/session-store.ts";
import { type MachineRecord, machineRecords } from "../../provider/compute/machines.ts";
import { flowLogHosts } from "../../provider/network/flow-log-reconciler.ts";
import type { State } from "../../state/state.ts";
import { blockHosts } from "../blocks/block-store.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { listOf, noContent, queryNumber } from "../openapi/shapes.ts";
import type { Hosts } from "./hosts.ts";
import { type HostStates, hostsPath } from "./host-states.ts";
import {
  type ViewedHost,
  viewedHost,
  type ViewedWholeHost,
  viewedWholeHost,
} from "./host-shapes.ts";
import { viewHost, viewWholeHost } from "./host-view.ts";

const listLimitMax = 5_000;
const listLimitDefault = 1_000;

export interface HostsApiOptions {
  state: State;
  hostStates: Pick<HostStates, "standingOf">;
  clock: Clock;
  hosts: Pick<Hosts, "resourceIdOf" | "remove">;
  onHostRemoved(hostId: string): Promise<void>;
  log: Pick<Log, "info">;
}

/** Hosts and how they stand. */
export const hostRoutes = (options: HostsApiOptions): ApiRoute[] => [
  route(
    {
      method: "GET",
      path: hostsPath,
      summary: "Hosts and how they stand",
      query: z.object({
        limit: queryNumber({ min: 1, max: listLimitMax, default: listLimitDefault }),
      }),
      answers: {
        200: {
          description: "Some of them, and how many there are",
          json: listOf(viewedHost).extend({ count: z.int() }),
        },
      },
    },
    async ({ query }) => ({ status: 200, body: await list(options, query.limit) }),
  ),
  route(
    {
      method: "GET",
      path: `${hostsPath}/{name}`,
      summary: "A host with all that is known of it",
      errors: ["ResourceNotFound"],
      answers: { 200: { description: "The host", json: viewedWholeHost } },
    },
    async ({ params }) => ({ status: 200, body: await show(options, params.name) }),
  ),
  route(
    {
      method: "DELETE",
      path: "/nightcap/hosts/{name}",
      summary: "Forgets a host: its connection ends, and its certificate is refused from then on",
      errors: ["ResourceNotFound"],
      answers: { 204: noContent },
    },
    async ({ params }) => {
      const hostId = await options.hosts.remove(params.name);
      await options.onHostRemoved(hostId);
      options.log.info({ hostId }, "host removed");
      return { status: 204 };
    },
  ),
];

async function list(
  { state, hostStates }: HostsApiOptions,
  limit: number,
): Promise<{ value: ViewedHost[]; count: number }> {
  const machines = machineRecords(state);
  const [found, count, sessions] = await Promise.all([
    machines.list({ limit }),
    machines.count(),
    sessionsByHost(state),
  ]);
  const value = found.map(({ body }) => viewHost(partsOf(hostStates, body, sessions)));
  return { value, count };
}

async function show(options: HostsApiOptions, name: string): Promise<ViewedWholeHost> {
  const { state, hostStates, clock } = options;
  const found = await machineRecords(state).get(options.hosts.resourceIdOf(name).toLowerCase());
  if (!found) throw new NightcapError("ResourceNotFound", `no host named "${name}" has joined`);
  const { hostId } = found.body;
  const [sessions, flowLogs, blocks] = await Promise.all([
    sessionsByHost(state),
    flowLogHosts(state).get(hostId),
    blockHosts(state).get(hostId),
  ]);
  const parts = partsOf(hostStates, found.body, sessions);
  const more = { flowLogs: flowLogs?.body ?? null, blocks: blocks?.body ?? null };
  return viewWholeHost({ ...parts, ...more }, clock.now());
}

const partsOf = (
  hostStates: HostsApiOptions["hostStates"],
  machine: MachineRecord,
  sessions: ReadonlyMap<string, readonly CaptureSession[]>,
) => ({
  machine,
  standing: hostStates.standingOf(machine.hostId),
  sessions: sessions.get(machine.hostId) ?? [],
});

async function sessionsByHost(state: State): Promise<Map<string, CaptureSession[]>> {
  return Map.groupBy(await sessionStore(state).inProgress(), ({ hostId }) => hostId);
}
