import type { FlowSource, SourceBlob } from "./flow-source.ts";

/** What follows the container in both of Azure's layouts. */
const layoutPattern =
  /(?:^|\/)((?:resourceId|flowLogResourceID)=\/.+\/y=\d{4}\/m=\d\d\/d=\d\d\/h=\d\d\/m=\d\d\/macAddress=[0-9a-f]{12})\/PT1H\.json(?:\.gz)?$/i;

/**
 * What a checkpoint is kept under: in Azure's layout the flow log, network interface and hour, wherever the
 * blob was copied to; for another file the place where it lies.
 */
export function placeOf({ title }: FlowSource, { name }: SourceBlob): string {
  const [, identity] = layoutPattern.exec(name) ?? layoutPattern.exec(`${title}/${name}`) ?? [];
  return identity === undefined ? `${title}#${name}` : identity.toUpperCase();
}
