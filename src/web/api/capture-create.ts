import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useSignedIn } from "../shell/session-context.ts";
import { networkApiVersion, type NetworkWatcher, readPages, readWatchers } from "./captures.ts";
import { topicKey } from "./topics.ts";
import { request } from "./request.ts";

const computeApiVersion = "2024-11-01";
const storageApiVersion = "2024-01-01";

/** What a capture may be of: a host, or the hosts of a scale set. */
export interface CaptureTarget {
  id: string;
  name: string;
  location: string;
  targetType: "AzureVM" | "AzureVMSS";
  /** Of a scale set, the names of its hosts. */
  instances: string[];
}

export interface StorageAccount {
  id: string;
  name: string;
}

/** All that a person chooses from who makes a capture. */
export interface CaptureChoices {
  targets: CaptureTarget[];
  accounts: StorageAccount[];
  watchers: NetworkWatcher[];
}

interface Machine {
  id: string;
  name: string;
  location: string;
  properties?: { nightcap?: { virtualMachines?: { id: string }[] } };
}

export function useCaptureChoices(): UseQueryResult<CaptureChoices> {
  const { subscriptionId } = useSignedIn();
  return useQuery({
    queryKey: [topicKey("host"), "capture-choices", subscriptionId],
    queryFn: () => readChoices(subscriptionId),
  });
}

async function readChoices(subscriptionId: string): Promise<CaptureChoices> {
  const providers = `/subscriptions/${subscriptionId}/providers`;
  const [machines, sets, accounts, watchers] = await Promise.all([
    readPages<Machine>(`${providers}/Microsoft.Compute/virtualMachines`, computeApiVersion),
    readPages<Machine>(`${providers}/Microsoft.Compute/virtualMachineScaleSets`, computeApiVersion),
    readPages<StorageAccount>(`${providers}/Microsoft.Storage/storageAccounts`, storageApiVersion),
    readWatchers(subscriptionId),
  ]);
  return {
    targets: [
      ...machines.map((each) => targetOf(each, "AzureVM")),
      ...sets.map((each) => targetOf(each, "AzureVMSS")),
    ],
    accounts,
    watchers,
  };
}

const targetOf = (
  { id, name, location, properties }: Machine,
  targetType: CaptureTarget["targetType"],
): CaptureTarget => ({
  id,
  name,
  location,
  targetType,
  instances: (properties?.nightcap?.virtualMachines ?? []).map(
    (each) => each.id.split("/").at(-1) ?? "",
  ),
});

/** What a field is refused for; `field` is its path below `properties`. */
export interface FieldProblem {
  field: string;
  message: string;
}

export interface HostPreview {
  name: string;
  compiles: boolean | null;
  problem: string | null;
  interfaces: string[];
  ring: {
    reachesBackTo: string | null;
    interfaces: { name: string; reachesBackTo: string | null }[];
    packets: number;
    bytes: number;
    isPartial: boolean;
    readBytes: number;
  } | null;
  freeBytes: number | null;
}

/** What a capture would be given that is still being written. */
export interface CapturePreview {
  bpf: string | null;
  compiles: boolean | null;
  problem: string | null;
  problems: FieldProblem[];
  hosts: HostPreview[];
  hostsLeftOut: number;
  storage: { freeBytes: number | null; sizeBytes: number; quotaBytes: number | null };
}

/** The ring goes on while somebody writes. */
const refreshMilliseconds = 15_000;

/** `properties` null: there is nothing to ask for yet. */
export const useCapturePreview = (
  properties: Readonly<Record<string, unknown>> | null,
): UseQueryResult<CapturePreview> =>
  useQuery({
    queryKey: ["capture-preview", JSON.stringify(properties)],
    queryFn: () => request<CapturePreview>("POST", "/nightcap/v1/capture-previews", { properties }),
    enabled: properties !== null,
    placeholderData: keepPreviousData,
    refetchInterval: refreshMilliseconds,
    gcTime: refreshMilliseconds,
  });

/** Azure's own PUT; answers the capture with the name of its first recording. */
export const createCapture = (
  id: string,
  properties: Readonly<Record<string, unknown>>,
): Promise<void> => request("PUT", `${id}?api-version=${networkApiVersion}`, { properties });
