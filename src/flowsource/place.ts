import { flowLogBlobPath, flowLogPathName } from "../flowlog/blob-path.ts";
import type { FlowSource, SourceBlob } from "./flow-source.ts";

/** What follows the container in both of Azure's layouts. */
const layoutPattern =
  /(?:^|\/)((?:resourceId|flowLogResourceID)=\/.+\/y=\d{4}\/m=\d\d\/d=\d\d\/h=\d\d\/m=\d\d\/macAddress=[0-9a-f]{12})\/PT1H\.json(?:\.gz)?$/i;

/**
 * What a checkpoint is kept under: in Azure's layout the flow log, network interface and hour, wherever the
 * blob was copied to; for another file the place where it lies.
 */
export function placeOf({ title }: FlowSource, { name }: SourceBlob): string {
  return identityOf(name) ?? identityOf(`${title}/${name}`) ?? `${title}#${name}`;
}

/** The place of records that are written to a blob, before there is one; null where the flow log has no path. */
export function placeOfRecords(flowLogId: string, macAddress: string, time: number): string | null {
  const log = flowLogPathName(flowLogId);
  if (log === null) return null;
  return identityOf(flowLogBlobPath({ kind: "vnet", log, hourMilliseconds: time, macAddress }));
}

const identityOf = (path: string): string | null =>
  layoutPattern.exec(path)?.[1]?.toUpperCase() ?? null;
