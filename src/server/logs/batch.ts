import type { BatchRequest } from "./question.ts";
import type { Outcome } from "./outcome.ts";

/** Questions of one batch that are worked on at once; answers that wait to be sent are no more than these. */
const parallelMax = 4;

/** Answers a batch in its order, while the answers before are being sent. */
export function batchOutcome(
  requests: readonly BatchRequest[],
  answer: (request: BatchRequest) => Promise<Outcome>,
): Outcome {
  return {
    status: 200,
    headers: {},
    code: null,
    rowCount: 0,
    async *pieces() {
      const started: Promise<Outcome>[] = [];
      yield `{"responses":[`;
      for (const [index, { id }] of requests.entries()) {
        for (const next of requests.slice(started.length, index + parallelMax))
          started.push(answer(next));
        const outcome = await started[index];
        if (!outcome) continue;
        // What was sent is let go of.
        started[index] = Promise.resolve(sent);
        yield `${index > 0 ? "," : ""}{"id":${JSON.stringify(id)},"status":${outcome.status},`;
        yield `"headers":{"Content-Type":"application/json; charset=utf-8"},"body":`;
        yield* outcome.pieces();
        yield "}";
      }
      yield "]}";
    },
  };
}

const sent: Outcome = { status: 200, headers: {}, code: null, rowCount: 0, pieces: () => [] };
