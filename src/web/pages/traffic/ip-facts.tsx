import { useTranslation } from "react-i18next";
import type { Explanation, KnownAddress } from "../../api/explain.ts";
import { type Cell, recordsOf, useFlowView } from "../../api/flow-views.ts";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useFormats } from "../../words/moments.ts";
import { KqlButton } from "./kql-button.tsx";
import type { QuestionState } from "./question.ts";
import css from "./traffic.module.css";
import { useCountryName } from "./value-text.ts";

/** As far back as a question may go. */
const longTime = "P92D";

/** What is known of the address now, and what its records said when they came. */
export function IpFacts({
  explanation,
  state,
}: {
  explanation: Explanation;
  state: QuestionState;
}): React.ReactNode {
  const { t } = useTranslation();
  const { source } = explanation;
  const question = { ...state.question, timespan: longTime };
  const { data } = useFlowView("public-ip-details", question);
  const recorded = data ? recordsOf(data) : [];
  const title = t("flowAddress.facts");
  return (
    <>
      <Threat source={source} recorded={recorded} />
      <Panel title={title} aside={data && <KqlButton answer={data} title={title} />}>
        <Facts source={source} recorded={recorded} />
        <details className={css["numbers"]}>
          <summary>{t("flowReason.steps")}</summary>
          <ol lang="en" className={css["reasons"]}>
            {explanation.steps.map(({ question: asked, found }) => (
              <li key={asked}>
                {asked} <span>{found}</span>
              </li>
            ))}
          </ol>
        </details>
        {explanation.attributions.length > 0 && (
          <p className={css["source"]} lang="en">
            {explanation.attributions.join(" · ")}
          </p>
        )}
      </Panel>
    </>
  );
}

type Recorded = readonly Record<string, Cell>[];

function Facts({
  source,
  recorded,
}: {
  source: KnownAddress;
  recorded: Recorded;
}): React.ReactNode {
  const { t } = useTranslation();
  const countryOf = useCountryName();
  const times = (name: string): string[] =>
    recorded
      .map((record) => String(record[name] ?? ""))
      .filter((time) => time !== "")
      .toSorted();
  const [first] = times("FirstSeen");
  const last = times("LastSeen").at(-1);
  const types = recorded.map((record) => String(record["FlowType"]));
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    ["kind", t(source.isPublic ? "flowAddress.public" : "flowAddress.private")],
    ["flowTypes", new Intl.ListFormat().format(types)],
    ["country", source.country === "" ? "" : countryOf(source.country)],
    ["city", source.city],
    ["owner", source.asn === 0 ? "" : `AS${source.asn} ${source.asOwner}`],
    ["serviceTag", source.serviceTag],
    ["region", source.region],
    ["virtualNetwork", source.virtualNetwork],
    ["subnet", source.subnet],
    ["host", source.virtualMachine],
    ["networkInterface", source.networkInterface],
    ["scaleSet", source.scaleSet],
    ["site", source.site],
    ["clientPool", source.clientPool],
    ["connection", source.connectionName],
    ["firstSeen", first === undefined ? "" : <Moment time={first} />],
    ["lastSeen", last === undefined ? "" : <Moment time={last} />],
  ];
  return (
    <dl className={css["facts"]}>
      {facts
        .filter(([, value]) => value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{t(`flowAddress.${name}`)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** Which list names it, as which entry, since when: now, or when its flows came. */
function Threat({
  source,
  recorded,
}: {
  source: KnownAddress;
  recorded: Recorded;
}): React.ReactNode {
  const { t } = useTranslation();
  const { moment } = useFormats();
  const text = (record: Record<string, Cell>, name: string): string => String(record[name] ?? "");
  const before = recorded.find((record) => text(record, "ThreatList") !== "");
  const now = source.threat;
  if (!now && !before) return null;
  const threat = now ?? {
    list: text(before ?? {}, "ThreatList"),
    entry: text(before ?? {}, "ThreatEntry"),
    threatType: text(before ?? {}, "ThreatType"),
    description: text(before ?? {}, "ThreatDescription"),
    firstSeen: text(before ?? {}, "ThreatFirstSeen"),
  };
  const { list, entry, threatType, description, firstSeen } = threat;
  const what = description === "" ? threatType : `${threatType}, ${description}`;
  return (
    <Notice
      kind="bad"
      title={t(now ? "flowAddress.onList" : "flowAddress.wasOnList", { list })}
      text={t("flowReason.threat", { list, entry, type: what })}
    >
      {firstSeen !== "" && <p>{t("flowReason.since", { time: moment(firstSeen) })}</p>}
    </Notice>
  );
}
