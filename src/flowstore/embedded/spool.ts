import { randomUUID } from "node:crypto";
import { access, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { secretFileMode } from "../../common/files.ts";
import type { RowCarrier } from "../insert-native.ts";

/** Rows of inserts that are under way lie here; what is left in it goes when the engine starts. */
export const spoolFolder = (directory: string): string => join(directory, "spool");

/** Names a file in the spool, in a request whose rows are in it. */
export const rowsHeader = "x-nightcap-rows";

/** Less goes with the request. */
const laidSizeBytesMin = 1 << 20;
const fileName = /^[0-9a-f-]{36}\.rows$/;

export const newRowsName = (): string => `${randomUUID()}.rows`;

/**
 * Lays rows of large inserts where the engine reads them: through its socket they were copied four times more, which
 * took a second of CPU for 340 MB in both processes together.
 */
export const createSpoolCarrier = (directory: string): RowCarrier => ({
  async lay(rows) {
    if (rows.length < laidSizeBytesMin) return null;
    const name = newRowsName();
    const path = join(spoolFolder(directory), name);
    const remove = (): Promise<void> => unlink(path).catch(() => {});
    try {
      await writeFile(path, rows, { mode: secretFileMode, flag: "wx" });
      return { headers: { [rowsHeader]: name }, remove };
    } catch {
      // No room, or an engine that starts this moment: the request says what is wrong, if anything is.
      await remove();
      return null;
    }
  },
});

/** The engine that the rows were laid out for has ended, and the next one threw them away. */
export class RowsMissingError extends Error {}

/** Where the rows are that a request names. */
export async function laidRows(spool: string, name: string | string[]): Promise<string> {
  if (typeof name !== "string" || !fileName.test(name)) throw new RowsMissingError();
  const path = join(spool, name);
  await access(path).catch(() => {
    throw new RowsMissingError();
  });
  return path;
}
