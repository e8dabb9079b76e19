import { keepPreviousData, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { topicKey } from "./topics.ts";
import { get, request } from "./request.ts";

/** The flight recorder of a host in the list; null in a host: it has not told yet. */
export interface RingLine {
  on: boolean;
  off: { code: "turnedOff" | "failed"; message: string } | null;
  reachSeconds?: number | null;
  /** ISO 8601. */
  reachesBackTo?: string | null;
  sizeBytes?: number;
  sizeBytesMax?: number;
  heldBytes?: number;
  packetsPerSecond?: number;
  bytesPerSecond?: number;
  recordedCount?: number;
  troubleCount?: number;
}

/** A host in the list; times are ISO 8601. */
export interface HostRow {
  name: string;
  resourceId: string;
  state: "connected" | "away" | "waiting";
  since: string | null;
  lastSeenTime: string | null;
  agentVersion: string | null;
  hostName: string | null;
  operatingSystem: string | null;
  interfaces: string[];
  addresses: string[];
  captureCount: number;
  told: string | null;
  isTooOld: boolean;
  ring: RingLine | null;
}

export interface HostInterface {
  name: string;
  macAddress: string;
  up: boolean;
  addresses: string[];
  isRecorded: boolean | null;
  rates: {
    bytesInPerSecond: number;
    bytesOutPerSecond: number;
    packetsInPerSecond: number;
    packetsOutPerSecond: number;
  } | null;
}

export interface RecordedInterface {
  name: string;
  isRecorded: boolean;
  trouble: string | null;
  isWhole: boolean;
  missingSeconds: number;
  sizeBytes: number;
  packets: number;
  packetsPerSecond: number;
  bytesPerSecond: number;
  drops: number | null;
  reachesBackTo: string | null;
  reachSeconds: number | null;
}

export interface WholeRing extends RingLine {
  directory?: string;
  isInMemory?: boolean;
  heldSizeBytesMax?: number;
  kernelBufferBytes?: number;
  snapLengthBytes?: number;
  filter?: string;
  cpuShareMax?: number | null;
  cpuShare?: number | null;
  unwatched?: string[];
  interfaces?: RecordedInterface[];
}

/** One host with all that is known of it. */
export interface WholeHost extends Omit<HostRow, "interfaces" | "ring"> {
  interfaces: HostInterface[];
  ring: WholeRing | null;
  kernel: string | null;
  cpuCount: number | null;
  memoryBytes: number | null;
  networkNamespace: string | null;
  dumpcapVersion: string | null;
  agent: {
    startTime: string;
    cpuShare: number | null;
    memoryBytes: number;
    clockOffsetMilliseconds: number | null;
    waitingCount: number;
    droppedCount: number;
  } | null;
  certificateEndTime: string | null;
  captures: { id: string; name: string; sessionId: string; phase: string }[];
  flowLogging: {
    wantedCount: number;
    recordingCount: number;
    engine: string | null;
    problem: string | null;
  } | null;
  blockCount: number;
}

const path = "/nightcap/v1/hosts";
const oldPath = "/nightcap/hosts";
const joinPath = "/nightcap/joinTokens";
const joinMilliseconds = 3_000;

export const joinAction = "Nightcap/joinTokens/write";
export const forgetAction = "Nightcap/hosts/delete";

export const useHosts = (): UseQueryResult<{ value: HostRow[]; count: number }> =>
  useQuery({
    queryKey: [topicKey("host"), "list"],
    queryFn: () => get<{ value: HostRow[]; count: number }>(path),
    placeholderData: keepPreviousData,
  });

export const useHost = (name: string): UseQueryResult<WholeHost> =>
  useQuery({
    queryKey: [topicKey("host"), "one", name],
    queryFn: () => get<WholeHost>(`${path}/${encodeURIComponent(name)}`),
  });

/** The host's certificate is refused from then on. */
export const forgetHost = (name: string): Promise<void> =>
  request("DELETE", `${oldPath}/${encodeURIComponent(name)}`);

/** A token with which one host joins, and the command that has it. */
export interface Invitation {
  id: string;
  command: string;
  expiresTime: string;
  server: string;
  caSha256: string;
}

export const inviteHost = (): Promise<Invitation> => request("POST", joinPath, {});

export interface InvitationState {
  state: "waiting" | "used" | "expired";
  host: { name: string; resourceId: string } | null;
}

/** What became of it: asked now and then, and when an event tells of a host. */
export const useInvitation = (id: string): UseQueryResult<InvitationState> =>
  useQuery({
    queryKey: [topicKey("host"), "joining", id],
    queryFn: () => get<InvitationState>(`${joinPath}/${id}`),
    refetchInterval: ({ state }) => state.data?.state !== "used" && joinMilliseconds,
  });
