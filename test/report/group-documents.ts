import type { ReportDocument } from "../../src/report/document.ts";

const columnMilliseconds = 1_000;

/** As much of a capture's report as one of several is made of. */
export function documentOf({
  host,
  onset,
  change = true,
}: {
  host: string;
  onset: number;
  change?: boolean;
}): Pick<ReportDocument, "capture" | "alert" | "answer" | "change"> {
  const from = onset - 20 * columnMilliseconds;
  const values = Array.from({ length: 40 }, (_, at) => (at < 20 ? 1_000 : 90_000));
  const changed = {
    kind: "exfiltration",
    confidence: { level: "likely", reason: "one destination" },
    sentence: `Bytes out of ${host} rose from 1.0 kB/s to 90 kB/s.`,
    metric: "bytesOut",
    unit: "bytes/s",
    moment: onset + 5_000,
    onset,
    before: { from, to: onset, seconds: 20, total: 20_000, value: 1_000 },
    after: { from: onset, to: onset + 20_000, seconds: 20, total: 1_800_000, value: 90_000 },
    increase: 89_000,
    timeLine: { from, columnMilliseconds, values },
  } as unknown as ReportDocument["change"];
  return {
    capture: {
      name: `slow-${host}`,
      host,
      coverage: { warnings: [{ code: "RingTooShort", message: "the ring was short" }] },
    } as unknown as ReportDocument["capture"],
    alert: null,
    answer: {
      headline: change ? "Exfiltration (likely): 203.0.113.7:443" : "10 packets and no IP",
      happened: null,
      packetsSay: ["10 packets, 1.0 kB in 1 s"],
    },
    change: change ? changed : null,
  };
}
