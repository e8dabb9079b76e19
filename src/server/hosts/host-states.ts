import type { Clock } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import { type HostState, hostStateSignature } from "../../common/host-state.ts";
import { type Closable, startLoop } from "../../common/lifecycle.ts";
import type { Log } from "../../common/log.ts";
import type { State } from "../../state/state.ts";
import { hostStateProtocolVersion, type ServerMessage } from "../../uplink/messages.ts";
import type { EventSubject } from "../events/event-kinds.ts";
import type { Hosts } from "./hosts.ts";
import { type SeenHost, seenHosts } from "./seen-hosts.ts";

/** That hosts are there is written this often; when one goes it is written at once. */
const seenMilliseconds = 60_000;
/** Figures of all hosts together are told to watchers this often. */
const figuresMilliseconds = 15_000;
/** The subject of events about figures: the list of hosts, as the API has it. */
export const hostsPath = "/nightcap/v1/hosts";

/** What of the hub is used. */
export interface HostHub {
  isConnected(hostId: string): boolean;
  protocolVersionOf(hostId: string): number | null;
  tell(hostId: string, message: ServerMessage): void;
  drop(hostId: string): void;
}

/** What is known of a host besides what it is. Times are milliseconds since the epoch. */
export interface HostStanding {
  connected: boolean;
  /** Since when it is connected, or away; null: it never was connected. */
  since: number | null;
  lastSeenAt: number | null;
  agentVersion: string | null;
  /** The last that it told of itself, and when; null: not in this run of the control plane. */
  told: { state: HostState; at: number } | null;
  /** Its agent cannot tell. */
  isTooOld: boolean;
}

/** How hosts stand: in memory, because they tell it again; when they were last there in the state. */
export interface HostStates extends Closable {
  start(hub: HostHub): void;
  /** A host connected. */
  hello(hostId: string, hello: { agentVersion: string; protocolVersion: number }): Promise<void>;
  observe(hostId: string, state: HostState): void;
  away(hostId: string): void;
  /** The host was removed: its connection ends. */
  forget(hostId: string): Promise<void>;
  standingOf(hostId: string): HostStanding;
}

interface Entry {
  resourceId: string | null;
  agentVersion: string;
  lastSeenAt: number;
  connectedAt: number | null;
  told: { state: HostState; at: number } | null;
  isTooOld: boolean;
}

export interface HostStatesOptions {
  state: State;
  hosts: Pick<Hosts, "recordOf">;
  clock: Clock;
  log: Log;
  publish(subject: EventSubject): void;
}

export async function openHostStates(options: HostStatesOptions): Promise<HostStates> {
  const { state, clock, log } = options;
  const entries = new Map<string, Entry>();
  for (const { body } of await seenHosts(state).list()) entries.set(body.hostId, restored(body));
  let hub: HostHub | null = null;
  const unwritten = new Set<string>();
  const isConnected = (hostId: string): boolean => hub?.isConnected(hostId) ?? false;
  let lookedAt = clock.now();
  const lookAtAll = (): void => {
    lookedAt = clock.now();
    for (const [hostId, entry] of entries) {
      if (!isConnected(hostId)) continue;
      entry.lastSeenAt = lookedAt;
      unwritten.add(hostId);
    }
  };
  const seeing = startLoop({
    intervalMilliseconds: seenMilliseconds,
    work: async () => {
      if (clock.now() - lookedAt >= seenMilliseconds) lookAtAll();
      await write(state, entries, unwritten);
    },
    onError: (error) => log.warn({ reason: describeError(error) }, "hosts seen are not written"),
  });
  const figures = createFigureEvents(options);
  return {
    start(next) {
      hub = next;
    },
    async hello(hostId, { agentVersion, protocolVersion }) {
      const record = await options.hosts.recordOf(hostId);
      if (!record) return;
      const now = clock.now();
      const told = entries.get(hostId)?.told ?? null;
      const isTooOld = protocolVersion < hostStateProtocolVersion;
      const { resourceId } = record;
      const times = { lastSeenAt: now, connectedAt: now };
      entries.set(hostId, { resourceId, agentVersion, ...times, told, isTooOld });
      unwritten.add(hostId);
      seeing.wake();
      if (!isTooOld) hub?.tell(hostId, { type: "hostStateWanted" });
    },
    observe(hostId, told) {
      const entry = entries.get(hostId);
      if (!entry) return;
      const before = entry.told && hostStateSignature(entry.told.state);
      entry.told = { state: told, at: clock.now() };
      if (before === hostStateSignature(told)) figures.changed();
      else if (entry.resourceId !== null)
        options.publish({ kind: "host", id: entry.resourceId, change: "put" });
    },
    away(hostId) {
      const entry = entries.get(hostId);
      if (!entry) return;
      entry.connectedAt = null;
      entry.lastSeenAt = clock.now();
      unwritten.add(hostId);
      seeing.wake();
    },
    async forget(hostId) {
      entries.delete(hostId);
      unwritten.delete(hostId);
      await seenHosts(state).delete(hostId);
      hub?.drop(hostId);
    },
    standingOf: (hostId) => standing(entries.get(hostId) ?? null, isConnected(hostId), clock.now()),
    async close() {
      figures.close();
      await seeing.close();
      await write(state, entries, unwritten);
    },
  };
}

const restored = ({ agentVersion, lastSeenAt }: SeenHost): Entry => ({
  resourceId: null,
  agentVersion,
  lastSeenAt,
  connectedAt: null,
  told: null,
  isTooOld: false,
});

function standing(entry: Entry | null, connected: boolean, now: number): HostStanding {
  if (!entry) {
    const nothing = { since: null, agentVersion: null, told: null, isTooOld: false };
    return { connected, lastSeenAt: connected ? now : null, ...nothing };
  }
  return {
    connected,
    since: connected ? entry.connectedAt : entry.lastSeenAt,
    lastSeenAt: connected ? now : entry.lastSeenAt,
    agentVersion: entry.agentVersion,
    told: entry.told,
    isTooOld: entry.isTooOld,
  };
}

/** All that are to be written, together; one that is gone meanwhile is left out. */
async function write(
  state: State,
  entries: ReadonlyMap<string, Entry>,
  unwritten: Set<string>,
): Promise<void> {
  if (unwritten.size === 0) return;
  const hostIds = [...unwritten];
  await state.transact(async (inside) => {
    for (const hostId of hostIds) {
      const entry = entries.get(hostId);
      if (!entry) continue;
      const { agentVersion, lastSeenAt } = entry;
      await seenHosts(inside).put(hostId, { hostId, agentVersion, lastSeenAt });
    }
  });
  for (const hostId of hostIds) unwritten.delete(hostId);
}

/** However many hosts there are, figures are one event in a while: who watches asks for all of them. */
function createFigureEvents({ publish }: Pick<HostStatesOptions, "publish">): {
  changed(): void;
  close(): void;
} {
  let timer: NodeJS.Timeout | null = null;
  return {
    changed() {
      timer ??= setTimeout(() => {
        timer = null;
        publish({ kind: "host", id: hostsPath, change: "put" });
      }, figuresMilliseconds);
    },
    close() {
      if (timer) clearTimeout(timer);
    },
  };
}
