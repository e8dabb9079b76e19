import type { DocumentTable } from "../common/documents.ts";
import type { ResourceTable, State } from "./state.ts";

/** Something in the state is other than it was. */
export interface StateChange {
  /** A collection of documents; null: a resource. */
  collection: string | null;
  /** Key of the document, id of the resource. */
  key: string;
  /** What was written; null: it was deleted. */
  body: object | null;
  /** Of the document that was written; null otherwise. */
  revision: number | null;
}

type Tell = (change: StateChange) => void;

/**
 * The same state, which tells of each write once it holds: a transaction's when it is committed, and
 * nothing of one that failed. `tell` is called in the writer's turn, so it has to be quick and must not throw.
 */
export function watchState(state: State, tell: Tell): State {
  return {
    resources: watchResources(state.resources, tell),
    documents: (collection) => watchDocuments(state.documents(collection), collection, tell),
    async transact(work) {
      const changes: StateChange[] = [];
      const result = await state.transact((inside) =>
        work(watchState(inside, (change) => void changes.push(change))),
      );
      for (const change of changes) tell(change);
      return result;
    },
    ping: () => state.ping(),
    close: () => state.close(),
  };
}

function watchDocuments<Body extends object>(
  table: DocumentTable<Body>,
  collection: string,
  tell: Tell,
): DocumentTable<Body> {
  return {
    ...table,
    async put(key, body, options) {
      const written = await table.put(key, body, options);
      if (written) tell({ collection, key, body, revision: written.revision });
      return written;
    },
    async delete(key) {
      const wasThere = await table.delete(key);
      if (wasThere) tell({ collection, key, body: null, revision: null });
      return wasThere;
    },
  };
}

function watchResources(table: ResourceTable, tell: Tell): ResourceTable {
  return {
    ...table,
    async put(resource, condition) {
      const written = await table.put(resource, condition);
      tell({ collection: null, key: written.id, body: written.body, revision: null });
      return written;
    },
    async delete(id) {
      const wasThere = await table.delete(id);
      if (wasThere) tell({ collection: null, key: id, body: null, revision: null });
      return wasThere;
    },
  };
}
