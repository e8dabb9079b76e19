import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useSignedIn } from "../shell/session-context.ts";
import type { Capture } from "./capture.ts";
import { topicKey } from "./topics.ts";
import { get, request } from "./request.ts";

export const networkApiVersion = "2024-05-01";

interface Page<T> {
  value: T[];
  nextLink?: string;
}

/** Pages of a list that are followed; a longer one is cut, and its pages ask for less. */
const pageCountMax = 20;

/** Every packet capture of every network watcher that this person may see. */
export function useCaptures(): UseQueryResult<Capture[]> {
  const { subscriptionId } = useSignedIn();
  return useQuery({
    queryKey: [topicKey("capture"), "list", subscriptionId],
    queryFn: () => readCaptures(subscriptionId),
  });
}

async function readCaptures(subscriptionId: string): Promise<Capture[]> {
  const watchers = await readWatchers(subscriptionId);
  const lists = await Promise.all(
    watchers.map(({ id }) => readPages<Capture>(`${id}/packetCaptures`)),
  );
  return lists.flat();
}

export interface NetworkWatcher {
  id: string;
  name: string;
  location: string;
}

export const readWatchers = (subscriptionId: string): Promise<NetworkWatcher[]> =>
  readPages<NetworkWatcher>(
    `/subscriptions/${subscriptionId}/providers/Microsoft.Network/networkWatchers`,
  );

/** All of a list of ARM's, page by page. */
export async function readPages<T>(path: string, apiVersion = networkApiVersion): Promise<T[]> {
  const items: T[] = [];
  let next: string | undefined =
    `${path}${path.includes("?") ? "&" : "?"}api-version=${apiVersion}`;
  for (let page = 0; next !== undefined && page < pageCountMax; page++) {
    const answer: Page<T> = await get<Page<T>>(next);
    items.push(...answer.value);
    // Of the link only path and query: the page asks no other address than its own.
    next = answer.nextLink === undefined ? undefined : pathOf(answer.nextLink);
  }
  return items;
}

function pathOf(link: string): string {
  const { pathname, search } = new URL(link, location.origin);
  return `${pathname}${search}`;
}

const captureAction = "Microsoft.Network/networkWatchers/packetCaptures";
export const createAction = `${captureAction}/write`;
export const stopAction = `${captureAction}/stop/action`;
export const deleteAction = `${captureAction}/delete`;
export const readBlobAction =
  "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";

/** Both are accepted at once and done a moment later, which an event tells. */
export const stopCapture = ({ id }: Capture): Promise<void> =>
  request("POST", `${id}/stop?api-version=${networkApiVersion}`);
export const deleteCapture = ({ id }: Capture): Promise<void> =>
  request("DELETE", `${id}?api-version=${networkApiVersion}`);

/** Where the one file is to be had from this control plane; null when it lies elsewhere, or is not there yet. */
export function downloadPathOf({ properties }: Capture): string | null {
  const { nightcap, storageLocation, continuousCapture } = properties;
  if (nightcap?.phase !== "finished" || nightcap.members || continuousCapture !== undefined)
    return null;
  if (nightcap.removed || (nightcap.sha256 ?? null) === null) return null;
  return ownPathOf(storageLocation?.storagePath ?? null);
}

/** The path of what this control plane's own store has; null for what lies elsewhere. */
export function ownPathOf(storagePath: string | null): string | null {
  if (storagePath === null || storagePath === "") return null;
  const url = new URL(storagePath, location.origin);
  return url.origin === location.origin ? url.pathname : null;
}
