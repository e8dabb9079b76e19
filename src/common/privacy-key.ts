import { readFile, stat } from "node:fs/promises";
import { NightcapError } from "./errors.ts";

const privacyKeySizeBytes = 32;
const fileSizeMaxBytes = 1_024;

/** The key of pseudonyms: 64 hexadecimal digits in a file. What is in it is never told. */
export async function readPrivacyKey(path: string): Promise<Uint8Array> {
  const failed = (cause: unknown): never => {
    throw new NightcapError("InvalidParameter", `cannot read the key file ${path}`, { cause });
  };
  const { size } = await stat(path).catch(failed);
  const text = size > fileSizeMaxBytes ? "" : await readFile(path, "utf8").catch(failed);
  const key = Buffer.from(text.trim(), "hex");
  if (key.length === privacyKeySizeBytes && text.trim().length === privacyKeySizeBytes * 2)
    return new Uint8Array(key);
  const message = `key file ${path}: expected ${privacyKeySizeBytes * 2} hexadecimal digits`;
  throw new NightcapError("InvalidParameter", message);
}
