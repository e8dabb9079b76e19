import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import type { FlowEngine } from "../engine.ts";
import type { Claim } from "./claims.ts";
import { addRows, again, catchUp } from "./repeat-calls.ts";

/** More than importers put into one. */
const contentBytesMax = 64 << 20;

/** Importers that ended before they took a bundle away, long ago. */
const oldDays = 1;

/** As the importer has it. */
export interface Bundle {
  readonly name: string;
  readonly chunks: readonly Pick<Claim, "node" | "ordinal" | "sizeBytes" | "sha256">[];
  readonly isRolledLater: boolean;
  readonly content: Uint8Array;
}

export async function writeBundle(engine: FlowEngine, bundle: Bundle): Promise<void> {
  const { name, chunks, isRolledLater } = bundle;
  const content = await promisify(zstdCompress)(bundle.content);
  const description = JSON.stringify({ chunks, isRolledLater });
  await addRows(engine, "flow_bundle", [
    { name, description, content: content.toString("base64") },
  ]);
}

export async function readBundle(engine: FlowEngine, name: string): Promise<Bundle | null> {
  const [row] = await again(async () => {
    await catchUp(engine, "flow_bundle");
    return engine.rows<{ description: string; content: string }>({
      sql: "SELECT description, content FROM flow_bundle WHERE name = {name:String} LIMIT 1",
      parameters: { name },
    });
  });
  if (!row) return null;
  const described = JSON.parse(row.description) as Pick<Bundle, "chunks" | "isRolledLater">;
  const packed = Buffer.from(row.content, "base64");
  const content = await promisify(zstdDecompress)(packed, { maxOutputLength: contentBytesMax });
  return { name, ...described, content };
}

export const dropBundle = (engine: FlowEngine, name: string): Promise<void> =>
  again(() =>
    engine.command({
      sql: "ALTER TABLE flow_bundle DROP PARTITION {name:String}",
      parameters: { name },
    }),
  );

/** Those whose chunks nobody claimed, or all are finished: their importers ended at the wrong moment. */
export async function dropOldBundles(engine: FlowEngine): Promise<void> {
  const isOld = `written < now() - INTERVAL ${oldDays} DAY`;
  const old = await engine.rows<{ name: string }>({
    sql: `SELECT DISTINCT name FROM flow_bundle WHERE ${isOld} AND name NOT IN (
        SELECT bundle FROM flow_chunk WHERE bundle IN (SELECT name FROM flow_bundle WHERE ${isOld})
          AND next NOT IN (SELECT next FROM flow_chunk_done))`,
  });
  for (const { name } of old) await dropBundle(engine, name);
}
