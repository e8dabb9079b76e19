import type { LogColumn, LogValue } from "./log-query.ts";
import { valueReader } from "./kusto-values.ts";

export interface ReadRows {
  readonly rows: LogValue[][];
  readonly sizeBytes: number;
  readonly isCut: "rows" | "bytes" | null;
}

const newline = 0x0a;

/**
 * Reads lines of JSONCompactEachRow, up to a number of rows and bytes; what is over is not kept. Leaving the loop
 * ends the stream, so that the engine works no longer than somebody listens.
 */
export async function readRows(
  stream: AsyncIterable<Uint8Array>,
  columns: readonly LogColumn[],
  limits: { readonly rowCountMax: number; readonly bytesMax: number },
): Promise<ReadRows> {
  const readers = columns.map(({ type }) => valueReader(type));
  const rows: LogValue[][] = [];
  let sizeBytes = 0;
  for await (const line of linesOf(stream)) {
    if (rows.length >= limits.rowCountMax) return { rows, sizeBytes, isCut: "rows" };
    if (sizeBytes + line.length > limits.bytesMax) return { rows, sizeBytes, isCut: "bytes" };
    sizeBytes += line.length;
    const values = JSON.parse(line.toString("utf8")) as unknown[];
    rows.push(readers.map((read, index) => read(values[index])));
  }
  return { rows, sizeBytes, isCut: null };
}

async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const head = bytes.subarray(start, end);
      yield rest.length > 0 ? Buffer.concat([...rest, head]) : head;
      rest = [];
      start = end + 1;
    }
    if (start < bytes.length) rest.push(bytes.subarray(start));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}
