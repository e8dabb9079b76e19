import { isRight, topOf, verdictOf, type Verdict } from "./verdict.ts";
import type { Played } from "./play.ts";

const percent = (share: number | null): string =>
  share === null ? "-" : `${Math.round(share * 100)} %`;

/** One incident's answer and what was wrong in it. */
export function answerText(played: Played): string {
  const { scenario, seed, culprit, answer, share } = played;
  const verdict = verdictOf(played);
  const lines = [`${scenario.name} (seed ${seed}, ${scenario.metric})`, `  ${answer.sentence}`];
  if (verdict.kind === "WRONG")
    lines.push(`  kind: ${answer.kind}, not ${scenario.kinds.join(" or ")}`);
  if (verdict.culprit === "WRONG")
    lines.push(
      `  culprit: ${answer.evidence.addresses.join(", ")} at ${topOf(played, "port")}, not ${culprit.address ?? "any"} at ${culprit.port ?? "any"}`,
    );
  if (verdict.share === "WRONG")
    lines.push(`  share: ${percent(answer.explained)}, not ${percent(share)} (by tshark)`);
  if (verdict.process !== "right")
    lines.push(`  process: ${topOf(played, "process")}, not ${JSON.stringify(culprit.process)}`);
  return lines.join("\n");
}

const columns = ["kind", "culprit", "share", "process"] as const satisfies (keyof Verdict)[];

/** All incidents, one a line. */
export function tableText(all: readonly Played[]): string {
  const width = Math.max(...all.map(({ scenario }) => scenario.name.length));
  const rows = all.map((played) => {
    const verdict = verdictOf(played);
    const { scenario, seed, share, answer, packetCount } = played;
    return [
      scenario.name.padEnd(width),
      String(seed).padStart(4),
      ...columns.map((column) => verdict[column].padEnd(7)),
      `${percent(answer.explained).padStart(5)} / ${percent(share)}`.padEnd(14),
      String(packetCount).padStart(7),
    ].join("  ");
  });
  const head = ["incident".padEnd(width), "seed", ...columns.map((one) => one.padEnd(7))];
  const right = all.filter((played) => isRight(verdictOf(played))).length;
  return [
    [...head, "share / true  ", "packets"].join("  "),
    ...rows,
    `${right} of ${all.length} right`,
  ].join("\n");
}
