import { randomUUID } from "node:crypto";
import { challengeHeaders } from "../../arm/authentication-error.ts";
import { errorAnswer } from "../../arm/error-envelope.ts";
import { logsFailure } from "../../logs/azure/failure.ts";

/** An answer whose body is made piece by piece as it is sent. */
export interface Outcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  pieces(): Iterable<string> | AsyncIterable<string>;
  /** Azure's code of what failed. */
  readonly code: string | null;
  /** Rows in the answer. */
  readonly rowCount: number;
}

export const bodyOutcome = (status: number, body: unknown): Outcome => ({
  status,
  headers: {},
  pieces: () => [JSON.stringify(body)],
  code: null,
  rowCount: 0,
});

/** Any thrown value as Log Analytics would answer it; `isFault` says that the cause is ours. */
export function failureOutcome(
  error: unknown,
  { requestId, text }: { readonly requestId: string; readonly text: string },
): Outcome & { readonly isFault: boolean } {
  const failed = logsFailure(error, text);
  // Who is not known is told so in the words of the identity platform, with its challenge.
  const isKnown = failed !== null && failed.status !== 401;
  const { status, body } = isKnown
    ? { status: failed.status, body: { error: { ...failed.error, correlationId: requestId } } }
    : errorAnswer(error, requestId);
  const headers = isKnown ? failed.headers : challengeHeaders(error);
  return {
    ...bodyOutcome(status, body),
    headers,
    code: body.error.code,
    isFault: failed === null,
  };
}

export function toResponse(outcome: Outcome, requestId: string = randomUUID()): Response {
  const { status, headers } = outcome;
  return new Response(ReadableStream.from(encoded(outcome.pieces())), {
    status,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "x-content-type-options": "nosniff",
      "x-ms-request-id": requestId,
      ...headers,
    },
  });
}

async function* encoded(
  pieces: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const piece of pieces) yield encoder.encode(piece);
}
