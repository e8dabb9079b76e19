import { useMemo } from "react";
import type { PacketBook } from "../../inspection/browse/packet-book.ts";
import type { Capture } from "../api/capture.ts";
import { downloadPathOf, ownPathOf, readBlobAction } from "../api/captures.ts";
import { severalFilesOf } from "../api/stored-files.ts";
import { useDataAllowed } from "../shell/session-context.ts";
import { storedBook } from "./stored-book.ts";

/**
 * The packets of a stored capture; null while there is no file here, and for whoever may not read it:
 * to see packets takes what a download takes.
 */
export function useStoredBook(capture: Capture): PacketBook | null {
  const mayRead = useDataAllowed(readBlobAction);
  const session = capture.properties.nightcap?.sessionId;
  const isThere =
    downloadPathOf(capture) !== null ||
    severalFilesOf(capture).some((path) => ownPathOf(path) !== null);
  return useMemo(
    () => (mayRead && isThere && session !== undefined ? storedBook(session) : null),
    [mayRead, isThere, session],
  );
}
