import type { Capture } from "./capture.ts";

/** Where the files of a recording into several lie, once it has ended; none of any other, and of what was removed. */
export function severalFilesOf({ properties }: Capture): string[] {
  const { nightcap } = properties;
  if (nightcap?.phase !== "finished" || nightcap.members || nightcap.removed) return [];
  return (nightcap.files?.newest ?? []).flatMap(({ storagePath }) => storagePath ?? []);
}
