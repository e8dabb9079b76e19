import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

/** The set-up is plain JavaScript without types; a test states the part that it uses. */
export async function loadScript<Exports>(path: string): Promise<Exports> {
  const url = pathToFileURL(resolve("scripts", path)).href;
  return (await import(/* @vite-ignore */ url)) as Exports;
}
