import { useMutation, type UseMutationResult, useQueryClient } from "@tanstack/react-query";
import type { Capture } from "./capture.ts";
import { networkApiVersion } from "./captures.ts";
import { topicKey } from "./topics.ts";
import { request } from "./request.ts";

/** What of a capture is asked for again; the rest is as it was. */
export interface AgainRequest {
  capture: Capture;
  name: string;
  seconds: number;
  lookBackSeconds: number;
}

/** Of the first one's properties, those that say what was asked for. */
type Asked = Record<
  | "target"
  | "targetType"
  | "bytesToCapturePerPacket"
  | "totalBytesPerSession"
  | "filters"
  | "nightcapPrivacy",
  unknown
> & { storageLocation?: { storageId?: string; filePath?: string } };

/** Records the same host with the same filter and settings once more; a file of its own. */
export function useCaptureAgain(): UseMutationResult<Capture, Error, AgainRequest> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ capture, name, seconds, lookBackSeconds }) => {
      const asked = capture.properties as unknown as Asked;
      const { target, targetType, bytesToCapturePerPacket, totalBytesPerSession } = asked;
      const { filters, nightcapPrivacy, storageLocation } = asked;
      const properties = {
        target,
        ...(targetType === undefined ? {} : { targetType }),
        bytesToCapturePerPacket,
        totalBytesPerSession,
        filters,
        ...(nightcapPrivacy === undefined ? {} : { nightcapPrivacy }),
        storageLocation: { storageId: storageLocation?.storageId },
        timeLimitInSeconds: seconds,
        lookBackInSeconds: lookBackSeconds,
      };
      const watcher = capture.id.slice(0, capture.id.lastIndexOf("/"));
      return request("PUT", `${watcher}/${name}?api-version=${networkApiVersion}`, { properties });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: [topicKey("capture")] }),
  });
}

/** Captures that were made from an incident's page have its id in their names. */
export const againPrefix = (incidentId: string): string => `again-${incidentId}-`;
