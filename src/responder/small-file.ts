import { readFileSync } from "node:fs";
import { NightcapError } from "../common/errors.ts";

const sizeBytesMax = 1 << 20;

/** A file that a setting names: a secret, a key, a certificate. Throws `SettingsInvalid`. */
export function readSmallFile(path: string): Buffer {
  const bytes = ((): Buffer => {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new NightcapError("SettingsInvalid", `cannot read ${path}`, { cause });
    }
  })();
  if (bytes.length <= sizeBytesMax) return bytes;
  const size = `${bytes.length} bytes; at most ${sizeBytesMax} allowed`;
  throw new NightcapError("SettingsInvalid", `${path} has ${size}`);
}
