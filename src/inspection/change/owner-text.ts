import { visible } from "../summary/safe-text.ts";
import type { SocketOwner } from "./socket-owner.ts";

const programLengthMax = 64;
const placeLengthMax = 80;
const containerIdShown = 12;

/** The program's own name: `curl` of `/usr/bin/curl`; null when no process is known. */
export function programOf({ executable, commandLine }: SocketOwner): string | null {
  const path = executable ?? commandLine?.split(" ")[0] ?? null;
  if (path === null || path === "") return null;
  const name =
    path
      .replace(/ \(deleted\)$/, "")
      .split("/")
      .at(-1) ?? path;
  return visible(name === "" ? path : name, programLengthMax);
}

/** `curl (pid 4312, alice, backup.service)`; safe to show. */
export function ownerText(owner: SocketOwner): string {
  const details = [
    owner.pid === null ? null : `pid ${owner.pid}`,
    userText(owner),
    placeText(owner),
  ].filter((one) => one !== null);
  return `${programOf(owner) ?? "a process that was not found"}${details.length > 0 ? ` (${details.join(", ")})` : ""}`;
}

function userText({ user, uid }: SocketOwner): string | null {
  if (user !== null && user !== "") return visible(user, placeLengthMax);
  return uid === null ? null : `uid ${uid}`;
}

function placeText({ container, unit }: SocketOwner): string | null {
  if (container !== null) {
    const shown = /^[0-9a-f]{64}$/.test(container)
      ? container.slice(0, containerIdShown)
      : container;
    return `container ${visible(shown, placeLengthMax)}`;
  }
  return unit === null ? null : visible(unit, placeLengthMax);
}
