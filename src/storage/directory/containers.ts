import { randomBytes } from "node:crypto";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "../../common/files.ts";
import { BlobError } from "../blob-error.ts";
import type { BlobStore } from "../blob-store.ts";
import { checkNoneHeld } from "./blob-holds.ts";
import { listNames } from "./blob-listing.ts";
import { discardDirectory, makeDirectory } from "./directory-files.ts";
import { type ContainerEntry, newContainerEntry } from "./directory-index.ts";
import { containerFileName, isContainerName } from "./directory-layout.ts";
import { containerPurpose, writeRecord } from "./records.ts";
import { commitContainer, containerProperties, newContainerSidecar } from "./sidecars.ts";
import { findContainer, type StoreParts } from "./store-parts.ts";

/** Containers through their life: one directory each, made aside and renamed into place. */
export function containerOperations(
  parts: StoreParts,
): Pick<
  BlobStore,
  "createContainer" | "container" | "setContainerMetadata" | "deleteContainer" | "listContainers"
> {
  const { layout, containers, locks, clock } = parts;
  return {
    async createContainer(name, metadata = {}) {
      if (!isContainerName(name))
        throw new BlobError("InvalidResourceName", `Container "${name}".`);
      return locks.run(`/${name}`, async () => {
        if (containers.has(name)) throw new BlobError("ContainerAlreadyExists");
        const sidecar = newContainerSidecar(metadata, clock.now());
        const made = join(layout.incoming, randomBytes(12).toString("hex"));
        await makeDirectory(made);
        const purpose = containerPurpose(name);
        const place = { path: join(made, containerFileName), purpose };
        const keyId = await writeRecord(parts.keys, place, sidecar);
        const directory = join(layout.containers, name);
        await rename(made, directory);
        await syncDirectory(layout.containers);
        const entry = newContainerEntry(name, directory, { sidecar, keyId });
        containers.set(name, entry);
        return containerProperties(entry);
      });
    },
    container: async (name) => containerProperties(findContainer(parts, name)),
    async setContainerMetadata(name, metadata, condition) {
      return locks.run(`/${name}`, async () => {
        const entry = findContainer(parts, name);
        condition?.(containerProperties(entry));
        const sidecar = newContainerSidecar(metadata, clock.now());
        await commitContainer(parts, entry, sidecar);
        return containerProperties(entry);
      });
    },
    async deleteContainer(name, condition) {
      await locks.run(`/${name}`, async () => {
        const entry = findContainer(parts, name);
        condition?.(containerProperties(entry));
        checkNoneHeld(parts, entry);
        entry.deleted = true; // refuses new changes; those under way are waited for
        await Promise.allSettled(entry.changes);
        keepIfHeld(parts, entry);
        await discardDirectory(entry.directory, layout.trash);
        containers.delete(name);
      });
    },
    async listContainers(query) {
      const page = listNames([...containers.keys()].sort(), query);
      const found = page.names.map((name) => containerProperties(findContainer(parts, name)));
      return { containers: found, nextMarker: page.nextMarker };
    },
  };
}

/** A hold may have come with the last change. */
function keepIfHeld(parts: StoreParts, entry: ContainerEntry): void {
  try {
    checkNoneHeld(parts, entry);
  } catch (error) {
    entry.deleted = false;
    throw error;
  }
}
