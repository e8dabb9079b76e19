import type { UsageView } from "../retention/usage.ts";
import { makeTrouble, type Trouble } from "./trouble.ts";

/** With less, an alert's capture may not find room. */
const freeDiskBytesMin = 1 << 30;

/** A store that takes nothing more, soon will not, or cannot let go. */
export function storeTroubles({ total, refused, unfinished, time }: UsageView): Trouble[] {
  const page = "/settings?part=storage";
  const { freeDiskBytes } = total;
  const isLow = freeDiskBytes !== null && freeDiskBytes < freeDiskBytesMin;
  return [
    ...refused.map((detail) =>
      makeTrouble({ kind: "storageRefuses", severity: "bad", detail, since: time, page }),
    ),
    ...(isLow
      ? [makeTrouble({ kind: "diskLow", severity: "bad", detail: `${freeDiskBytes} bytes`, page })]
      : []),
    ...(unfinished > 0 ? [makeTrouble({ kind: "deletionStuck", count: unfinished, page })] : []),
  ];
}
