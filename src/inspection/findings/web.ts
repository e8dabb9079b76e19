import { visible } from "../summary/safe-text.ts";
import { formatDuration, formatShare, parseNanoseconds, plural } from "../summary/units.ts";
import { finding, type Finding } from "./finding.ts";
import type { Inspected } from "./inspected.ts";
import { httpSlowNanoseconds } from "./thresholds.ts";

/** How HTTP servers answered, as far as it is not encrypted. */
export const webFindings = ({ http }: Inspected): Finding[] =>
  [errors(http), slow(http)].filter((found) => found !== null);

type Http = Inspected["http"];
type Exchange = Http["slowest"][number];

const requestText = ({ method, host, path }: Exchange): string =>
  method === null
    ? "a request that was not recorded"
    : `${visible(method, 20)} ${visible(`${host ?? ""}${path ?? ""}`, 80)}`;

function errors({ statuses, responses, failures }: Http): Finding | null {
  const count = Object.entries(statuses)
    .filter(([status]) => Number(status) >= 500 && Number(status) < 600)
    .reduce((sum, [, one]) => sum + one, 0);
  const [first] = failures;
  if (!first || count === 0) return null;
  return finding(
    "http-errors",
    "warning",
    `${plural(count, "HTTP response")} (${formatShare(count, responses)}) ${count === 1 ? "is a server error" : "are server errors"}, first ${first.status} to ${requestText(first)}`,
    {
      facts: { errors: count, responses },
      displayFilter: "http.response.code >= 500 && http.response.code < 600",
      frames: failures.map(({ responseFrame }) => responseFrame),
      streams: failures.map(({ stream }) => stream),
    },
  );
}

function slow({ slowest, medianTimeToFirstByte }: Http): Finding | null {
  const late = slowest.filter(
    ({ timeToFirstByte }) => Number(parseNanoseconds(timeToFirstByte) ?? 0n) >= httpSlowNanoseconds,
  );
  const [worst] = late;
  if (!worst) return null;
  const time = Number(parseNanoseconds(worst.timeToFirstByte) ?? 0n);
  const median = Number(parseNanoseconds(medianTimeToFirstByte) ?? 0n);
  return finding(
    "http-slow",
    "warning",
    `${requestText(worst)} waited ${formatDuration(time)} for the first byte of its answer; the median is ${formatDuration(median)}`,
    {
      facts: { slowestNanoseconds: time, medianNanoseconds: median, slowRequests: late.length },
      displayFilter: `http.time > ${httpSlowNanoseconds / 1e9}`,
      frames: late.map(({ responseFrame }) => responseFrame),
      streams: late.map(({ stream }) => stream),
    },
  );
}
