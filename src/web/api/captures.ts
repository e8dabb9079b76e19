import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useSignedIn } from "../shell/session-context.ts";
import { topicKey } from "./live.ts";
import { get, request } from "./request.ts";

const apiVersion = "2024-05-01";

/** A packet capture as ARM has it, and what Nightcap says of it besides. */
export interface Capture {
  id: string;
  name: string;
  properties: {
    target: string;
    provisioningState: string;
    storageLocation?: { storagePath?: string };
    nightcap?: {
      sessionId: string;
      phase: string;
      packets?: number | null;
      sizeBytes?: number | null;
      sha256?: string | null;
      report?: { link: string } | null;
    };
  };
}

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
  const watchers = await readPages<{ id: string }>(
    `/subscriptions/${subscriptionId}/providers/Microsoft.Network/networkWatchers`,
  );
  const lists = await Promise.all(
    watchers.map(({ id }) => readPages<Capture>(`${id}/packetCaptures`)),
  );
  return lists.flat();
}

async function readPages<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  let next: string | undefined = `${path}?api-version=${apiVersion}`;
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

export const isUnderWay = ({ properties }: Capture): boolean =>
  properties.nightcap !== undefined && properties.nightcap.phase !== "finished";

/** Name of the machine that is captured. */
export const hostOf = ({ properties }: Capture): string =>
  properties.target.split("/").at(-1) ?? properties.target;

const captureAction = "Microsoft.Network/networkWatchers/packetCaptures";
export const stopAction = `${captureAction}/stop/action`;
export const deleteAction = `${captureAction}/delete`;
export const readBlobAction =
  "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";

/** Both are accepted at once and done a moment later, which an event tells. */
export const stopCapture = ({ id }: Capture): Promise<void> =>
  request("POST", `${id}/stop?api-version=${apiVersion}`);
export const deleteCapture = ({ id }: Capture): Promise<void> =>
  request("DELETE", `${id}?api-version=${apiVersion}`);

/** Where the file is to be had from this control plane; null when it lies elsewhere, or is not there yet. */
export function downloadPathOf({ properties }: Capture): string | null {
  const { storagePath } = properties.storageLocation ?? {};
  if (storagePath === undefined || properties.nightcap?.phase !== "finished") return null;
  const url = new URL(storagePath, location.origin);
  return url.origin === location.origin ? url.pathname : null;
}
