import { NightcapError } from "../common/errors.ts";
import { probeConnections } from "./connect.ts";
import { findFilterVerdict } from "./filter-verdict.ts";
import { findNextHop } from "./next-hop.ts";
import type { HostAnswer, NetworkQuestion } from "./question.ts";

/** Questions that a host works at at once; a further one is refused, and may be asked again. */
const questionCountMax = 4;

/** Answers questions about one network namespace. Throws `HostDiagnosisFailed`, or `ToolMissing` with its package. */
export function createAnswerer(
  networkNamespace: string | null,
): (question: NetworkQuestion) => Promise<HostAnswer> {
  let count = 0;
  return async (question) => {
    if (count >= questionCountMax) {
      throw new NightcapError(
        "HostDiagnosisFailed",
        `the host answers ${questionCountMax} questions already: ask again`,
      );
    }
    count++;
    try {
      return await find(networkNamespace, question);
    } finally {
      count--;
    }
  };
}

function find(networkNamespace: string | null, question: NetworkQuestion): Promise<HostAnswer> {
  switch (question.kind) {
    case "filterVerdict":
      return findFilterVerdict(networkNamespace, question);
    case "nextHop":
      return findNextHop(networkNamespace, question);
    case "connect":
      return probeConnections(networkNamespace, question);
  }
}
