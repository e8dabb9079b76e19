import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../src/common/run.ts";

const timeoutMilliseconds = 60_000;

/** tshark reads the whole file, finds as many packets, and has nothing to say against it. */
export async function checkWithTshark(
  { file, packets }: { file: Uint8Array; packets: number },
  directory: string,
): Promise<void> {
  const path = join(directory, "private.pcapng");
  await writeFile(path, file);
  const args = ["-n", "-r", path, "-T", "fields", "-e", "frame.number"];
  const { code, stdout, stderr } = await run("tshark", args, { timeoutMilliseconds });
  const said = stderr.replace(/^Running as user .*$/m, "").trim();
  const count = stdout.split("\n").filter((line) => line !== "").length;
  if (code !== 0 || said !== "") throw new Error(`tshark ends with ${code}: ${said}`);
  if (count !== packets) throw new Error(`tshark finds ${count} packets, not ${packets}`);
}
