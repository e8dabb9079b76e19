import type { FlowAnswer } from "../../api/flow-views.ts";
import { axis } from "../../charts/common.ts";
import type { ChartColours } from "../../charts/chart.tsx";

/** The time that was asked for, also where there was nothing; a record at its start may have begun before. */
export function timeAxis({ timespan, rows, columns }: FlowAnswer, colours: ChartColours): object {
  const [start = "", end = ""] = timespan.split("/");
  const at = columns.findIndex(({ name }) => name === "Time");
  const first = Math.min(...rows.map((row) => Date.parse(String(row[at]))));
  return {
    type: "time",
    min: Math.min(Date.parse(start), first),
    max: Date.parse(end),
    ...axis(colours),
    splitLine: { show: false },
  };
}
