import type { PacketBook } from "../../inspection/browse/packet-book.ts";
import { FilterError } from "../../inspection/filter/filter-error.ts";
import { ApiError, request } from "../api/request.ts";

/** A stored capture, packet by packet; `capture` is its session's id. Raises `FilterError`, `ApiError`. */
export function storedBook(capture: string): PacketBook {
  const base = `/nightcap/v1/captures/${encodeURIComponent(capture)}`;
  const ask = async <Answer>(path: string, signal?: AbortSignal): Promise<Answer> => {
    try {
      return await request<Answer>("GET", base + path, undefined, signal ? { signal } : {});
    } catch (error) {
      throw filterErrorOf(error) ?? error;
    }
  };
  return {
    rows: ({ filter, from, count }, signal) =>
      ask(`/packets?${query({ filter, from, count })}`, signal),
    packet: (number, signal) => ask(`/packets/${number}`, signal),
    follow: ({ protocol, stream, from, bytesMax }, signal) =>
      ask(`/streams/${protocol}/${stream}?${query({ from, bytesMax })}`, signal),
    http: ({ stream, ...question }, signal) =>
      ask(`/streams/tcp/${stream}/http?${query(question)}`, signal),
  };
}

const query = (parameters: Record<string, string | number>): string =>
  String(
    new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)])),
  );

/** A filter that cannot be used is told with its place; null: it is something else. */
function filterErrorOf(error: unknown): FilterError | null {
  if (!(error instanceof ApiError)) return null;
  const { place } =
    (error.answer as { error?: { place?: { start: number; end: number } } }).error ?? {};
  return place ? new FilterError(error.message, place) : null;
}
