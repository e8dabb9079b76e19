import { z } from "zod";

/** The parts of the API's answer that are shown. */
export const blockView = z.object({
  id: z.string(),
  host: z.string(),
  state: z.string(),
  problem: z.string().nullable(),
  remainingSeconds: z.number(),
  endTime: z.string(),
  packets: z.number().nullable(),
  bytes: z.number().nullable(),
  createdBy: z.string(),
  reason: z.string().nullable(),
  finding: z.string().nullable(),
  /** Of a dry run. */
  script: z.string().nullish(),
});

type View = z.infer<typeof blockView>;

/** Told after it was made: whether the host has it, and how to end it. */
export function blockText({ id, host, state, problem, endTime }: View): string {
  const end = `nightcap unblock --host ${host} '${id}'`;
  if (state === "Applied") return `blocked on ${host} until ${endTime}; to end it: ${end}`;
  const why = problem === null ? "" : ` (${problem})`;
  return `${state.toLowerCase()} on ${host}${why}: ${id}; to take it back: ${end}`;
}

/** One line of the list. */
export function countsText(view: View): string {
  const { id, host, state, remainingSeconds, packets, bytes, createdBy, reason } = view;
  const counted = packets === null ? "-" : `${packets} packets, ${bytes ?? 0} bytes stopped`;
  const why = [view.problem, reason, view.finding].filter((part) => part !== null).join("; ");
  return [host, id, state, `${remainingSeconds} s left`, counted, createdBy, why]
    .filter((part) => part !== "")
    .join("  ");
}
