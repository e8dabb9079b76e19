import { Lifecycle, type Closable } from "../common/lifecycle.ts";
import type { FilePlace } from "../common/file-place.ts";
import { followFile } from "../common/follow-file.ts";
import { takeLines } from "../responder/take-lines.ts";
import type { Responder } from "../responder/responder.ts";
import type { CountLine } from "./agent-alerts.ts";
import type { ServerContext } from "./context.ts";

/** What counts the lines of followed files, those of the agents among them. */
export function fileLineCounter({ metrics }: Pick<ServerContext, "metrics">): CountLine {
  const lines = metrics.counter(
    "nightcap_responder_file_lines_total",
    "Lines of followed files, by whose they are and what became of them",
    ["source", "outcome"],
  );
  return (labels) => lines.add(1, labels);
}

/** Follows the files of the setting `alertSources.files`, each by itself. */
export function followAlertFiles(
  { settings, state, metrics, clock, log }: ServerContext,
  { responder, countLine }: { responder: Pick<Responder, "accept">; countLine: CountLine },
): Closable {
  const { files, hostLabels } = settings.alertSources;
  const life = new Lifecycle();
  const gaps = metrics.counter(
    "nightcap_responder_file_gaps_total",
    "Times that lines of a followed file may have been lost, by why",
    ["source", "reason"],
  );
  const places = state.documents<FilePlace>("alertFiles");
  for (const file of files) {
    const { path, source } = file;
    life.add(
      followFile({
        path,
        place: {
          get: async () => (await places.get(path))?.body ?? null,
          put: async (place) => void (await places.put(path, place)),
        },
        take: (found) =>
          takeLines(found, {
            file,
            hostLabels,
            accept: (entries) => responder.accept(entries),
            countLine: (outcome) => countLine({ source, outcome }),
          }),
        onGap: (reason) => {
          gaps.add(1, { source, reason });
          log.warn({ path, reason }, "lines of a followed file may have been lost");
        },
        clock,
        log,
      }),
    );
  }
  return life;
}
