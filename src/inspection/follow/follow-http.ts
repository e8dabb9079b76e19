import type { FollowResult } from "./digest-streams.ts";
import { followStream, type FollowedPiece, type FollowOptions } from "./follow-stream.ts";
import { HttpSide, type HttpEvent, type HttpMessage, type WaitingRequests } from "./http-side.ts";

/** A message begins (`message`), or more of its body. */
export interface HttpPiece extends FollowedPiece {
  message: HttpMessage | null;
}

/**
 * The bodies of the HTTP/1 messages of one TCP stream: without chunks, and decompressed where they are
 * gzip or deflate. Pieces come in the order in which they became readable.
 */
export async function* followHttp(
  source: AsyncIterable<Uint8Array>,
  stream: number,
  options: FollowOptions = {},
): AsyncGenerator<HttpPiece, FollowResult> {
  const requests: WaitingRequests = [];
  const sides = { a: new HttpSide(requests), b: new HttpSide(requests) };
  const last: { a?: FollowedPiece; b?: FollowedPiece } = {};
  const pieces = followStream(source, { protocol: "tcp", stream }, options);
  for (;;) {
    const next = await pieces.next();
    if (next.done === true) {
      for (const piece of [last.a, last.b]) if (piece) yield* told(piece, sides[piece.side].end());
      return next.value;
    }
    const piece = next.value;
    last[piece.side] = piece;
    yield* told(piece, sides[piece.side].push(piece.bytes));
  }
}

function told(piece: FollowedPiece, events: readonly HttpEvent[]): HttpPiece[] {
  return events.map((event) =>
    "body" in event
      ? { ...piece, message: null, bytes: event.body }
      : { ...piece, message: event.message, bytes: new Uint8Array(0) },
  );
}
