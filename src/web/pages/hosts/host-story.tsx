import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Capture, hostOf } from "../../api/capture.ts";
import { useCaptures } from "../../api/captures.ts";
import type { WholeHost } from "../../api/hosts.ts";
import { type IncidentRow, useIncidentsOf } from "../../api/incidents.ts";
import { Ago } from "../../parts/moment.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Severity } from "../../parts/severity.tsx";
import { useFormats } from "../../words/moments.ts";
import { useHeadline } from "../../words/headline.ts";
import css from "./hosts.module.css";

const shownCountMax = 10;

/** What happened at this host, and what was recorded of it. */
export function HostStory({ host }: { host: WholeHost }): React.ReactNode {
  const { t } = useTranslation();
  const { data: incidents } = useIncidentsOf(host.name, shownCountMax);
  const { data: captures = [] } = useCaptures();
  const own = captures.filter((capture) => hostOf(capture) === host.name);
  return (
    <div className={css["story"]}>
      <Panel title={t("host.incidents", { count: incidents?.count ?? 0 })}>
        <ul className={css["rows"]}>
          {incidents?.value.map((row) => (
            <IncidentLine key={row.incidentId} row={row} />
          ))}
        </ul>
        {incidents?.count === 0 && <p className={css["empty"]}>{t("host.noIncidents")}</p>}
      </Panel>
      <Panel title={t("host.captures", { count: own.length })}>
        <ul className={css["rows"]}>
          {newestFirst(own)
            .slice(0, shownCountMax)
            .map((capture) => (
              <CaptureLine key={capture.id} capture={capture} />
            ))}
        </ul>
        {own.length === 0 && <p className={css["empty"]}>{t("host.noCaptures")}</p>}
        {own.length > shownCountMax && (
          <p className={css["empty"]}>
            <Link href={`/captures?host=${host.name}`}>{t("host.allCaptures")}</Link>
          </p>
        )}
      </Panel>
    </div>
  );
}

/** Those that were asked for last. */
const newestFirst = (captures: readonly Capture[]): Capture[] => {
  const timeOf = ({ properties }: Capture): string => properties.nightcap?.createdTime ?? "";
  return captures.toSorted((a, b) => timeOf(b).localeCompare(timeOf(a)));
};

function IncidentLine({ row }: { row: IncidentRow }): React.ReactNode {
  const headline = useHeadline();
  return (
    <li className={css["row"]}>
      <Link href={`/incidents/${row.incidentId}`}>
        {row.answer ? headline(row.answer) : row.summary}
      </Link>
      <span className={css["about"]}>
        <Severity value={row.severity} />
        <Ago time={row.openedAt} />
      </span>
    </li>
  );
}

function CaptureLine({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { sessionId, phase = "waiting", sizeBytes } = capture.properties.nightcap ?? {};
  return (
    <li className={css["row"]}>
      {sessionId === undefined ? (
        capture.name
      ) : (
        <Link href={`/captures/${sessionId}`}>{capture.name}</Link>
      )}
      <span className={css["about"]}>
        <span>{t(`phase.${phase}`)}</span>
        {sizeBytes != null && <span>{bytes(sizeBytes)}</span>}
      </span>
    </li>
  );
}
