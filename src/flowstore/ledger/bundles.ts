import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import type { FlowEngine } from "../engine.ts";
import type { Claim } from "./claims.ts";
import { addRows, again, catchUp } from "./repeat-calls.ts";

/** More than importers put into one. */
const contentBytesMax = 64 << 20;

/** An importer that lives has brought a bundle into the table by then. */
const unfinishedSeconds = 60;
/** One that nobody claimed, or that is finished, is kept no longer. */
const oldSeconds = 86_400;

/** Looked at in one go; the next import looks at the next ones. */
const unfinishedCountMax = 1_000;

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

/** Gives those that were claimed and are not finished; what is of no use any more goes. */
export const readUnfinished = (engine: FlowEngine): Promise<readonly string[]> =>
  again(async () => {
    await catchUp(engine, "flow_bundle");
    const waiting = await engine.rows<{ name: string; age: number }>({
      sql: `SELECT name, toUInt32(min(now() - written)) AS age FROM flow_bundle
        GROUP BY name HAVING age >= ${unfinishedSeconds} ORDER BY age DESC LIMIT ${unfinishedCountMax}`,
    });
    if (waiting.length === 0) return [];
    await catchUp(engine, "flow_chunk");
    const rows = await engine.rows<{ bundle: string }>({
      sql: `SELECT DISTINCT bundle FROM flow_chunk WHERE bundle IN {names:Array(String)}
        AND next NOT IN (SELECT next FROM flow_chunk_done WHERE next IN (
          SELECT next FROM flow_chunk WHERE bundle IN {names:Array(String)}))`,
      parameters: { names: waiting.map(({ name }) => name) },
    });
    const unfinished = rows.map(({ bundle }) => bundle);
    for (const { name, age } of waiting)
      if (age >= oldSeconds && !unfinished.includes(name)) await dropBundle(engine, name);
    return unfinished;
  });
