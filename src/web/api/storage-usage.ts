import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { get } from "./request.ts";

export interface StorageClass {
  class: string;
  sizeBytes: number;
  fileCount: number;
  quotaBytes: number | null;
  days: number | null;
  oldest: string | null;
  heldBytes: number;
  heldCount: number;
}

export interface StorageUsage {
  time: string;
  classes: StorageClass[];
  total: { sizeBytes: number; quotaBytes: number | null; freeDiskBytes: number | null };
  next: { capture: string; sessionId: string; sizeBytes: number; why: string }[];
  planned: number;
  refused: string[];
}

export const useStorageUsage = (): UseQueryResult<StorageUsage> =>
  useQuery({
    queryKey: ["storage-usage"],
    queryFn: () => get<StorageUsage>("/nightcap/v1/storage/usage"),
  });
