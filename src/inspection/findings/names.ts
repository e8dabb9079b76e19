import { visible } from "../summary/safe-text.ts";
import { formatDuration, formatShare, parseNanoseconds, plural } from "../summary/units.ts";
import { finding, type Finding } from "./finding.ts";
import type { Inspected } from "./inspected.ts";
import {
  dnsFailureShareMin,
  dnsNotFoundCountMin,
  dnsNotFoundShareMin,
  dnsSlowNanoseconds,
} from "./thresholds.ts";

/** How looking up names fared. */
export const nameFindings = (inspection: Inspected): Finding[] =>
  [failures, silence, notFound, slowness]
    .map((look) => look(inspection.dns))
    .filter((found) => found !== null);

type Dns = Inspected["dns"];

/** Codes that are an answer: all is well, or there is no such name (RFC 1035, 4.1.1; RFC 2136, 2.2). */
const answers: ReadonlySet<string> = new Set(["NOERROR", "NXDOMAIN"]);

const nameOf = (name: string): string => (name === "" ? "the root" : visible(name, 80));
const framesOf = (exchanges: Dns["slowest"]): number[] =>
  exchanges.flatMap(({ queryFrame }) => queryFrame ?? []);

function failures({ responseCodes, responses, failures: all }: Dns): Finding | null {
  const failed = all.filter(({ responseCode }) => responseCode !== null);
  const codes = Object.entries(responseCodes).filter(([code]) => !answers.has(code));
  const count = codes.reduce((sum, [, one]) => sum + one, 0);
  const [first] = failed;
  if (count === 0 || !first || count < dnsFailureShareMin * responses) return null;
  const list = codes.map(([code, one]) => `${visible(code)} ${one}`).join(", ");
  return finding(
    "dns-failures",
    "warning",
    `${plural(count, "DNS answer")} of ${responses} ${count === 1 ? "was a failure" : "were failures"} (${list}), first for ${nameOf(first.name)} from ${visible(first.server)}`,
    {
      facts: { failures: count, responses },
      displayFilter: "dns.flags.rcode != 0 && dns.flags.rcode != 3",
      frames: framesOf(failed),
      addresses: failed.map(({ server }) => visible(server)),
    },
  );
}

function silence({ unanswered, queries, failures: all }: Dns): Finding | null {
  const silent = all.filter(({ responseCode }) => responseCode === null);
  const [first] = silent;
  if (!first || unanswered === 0 || unanswered < dnsFailureShareMin * queries) return null;
  return finding(
    "dns-unanswered",
    "warning",
    `${plural(unanswered, "DNS question")} of ${queries} got no answer, first ${nameOf(first.name)} from ${visible(first.server)}`,
    {
      facts: { unanswered, queries },
      displayFilter: "dns.flags.response == 0 && !dns.response_in",
      frames: framesOf(silent),
      addresses: silent.map(({ server }) => visible(server)),
    },
  );
}

function notFound({ responseCodes, responses, failedNames }: Dns): Finding | null {
  const count = responseCodes["NXDOMAIN"] ?? 0;
  if (count < dnsNotFoundCountMin || count < dnsNotFoundShareMin * responses) return null;
  const most = failedNames[0] ? `, most ${nameOf(failedNames[0].name)}` : "";
  return finding(
    "dns-names-not-found",
    "note",
    `${formatShare(count, responses)} of DNS answers say that the name does not exist (${count})${most}`,
    { facts: { notFound: count, responses }, displayFilter: "dns.flags.rcode == 3" },
  );
}

function slowness({ servers, medianTime, slowest }: Dns): Finding | null {
  const median = Number(parseNanoseconds(medianTime) ?? 0n);
  const slow = servers.filter(
    ({ medianTime: time }) => Number(parseNanoseconds(time) ?? 0n) >= dnsSlowNanoseconds,
  );
  const [worst] = slow.toSorted((one, other) => Number(other.medianTime) - Number(one.medianTime));
  if (!worst) return null;
  const time = Number(parseNanoseconds(worst.medianTime) ?? 0n);
  return finding(
    "dns-slow",
    "warning",
    `${visible(worst.address)} answers DNS in ${formatDuration(time)} (median of ${worst.answered})${servers.length > 1 ? `; all resolvers together in ${formatDuration(median)}` : ""}`,
    {
      facts: { medianNanoseconds: time, answers: worst.answered, slowServers: slow.length },
      displayFilter: `dns.time > ${dnsSlowNanoseconds / 1e9}`,
      frames: framesOf(slowest.filter(({ server }) => server === worst.address)),
      addresses: slow.map(({ address }) => visible(address)),
    },
  );
}
