import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useExplanation } from "../../api/explain.ts";
import { type FlowQuestion, recordsOf, useFlowView } from "../../api/flow-views.ts";
import { Notice } from "../../parts/notice.tsx";
import { useFormats } from "../../words/moments.ts";
import type { FlowRecord } from "./flow-record.ts";
import { addressPath } from "./question.ts";
import { reasonFilters } from "./reason-filters.ts";
import css from "./traffic.module.css";

const reasonsMax = 3;

/** Why this record is what it is, as it was decided when its flows came, with the addresses that it is about. */
export function Reasons({
  word,
  record,
  question,
  hasTitle = true,
}: {
  word: string;
  record: FlowRecord;
  question: FlowQuestion;
  hasTitle?: boolean;
}): React.ReactNode {
  const { t } = useTranslation();
  const { data, error } = useFlowView("reasons", {
    ...question,
    filters: reasonFilters(word, record, question.filters),
    top: reasonsMax,
  });
  if (error) return <Notice kind="bad" title={t("traffic.noView")} text={error.message} />;
  if (!data) return <p className={css["skeleton"]}>{t("traffic.wait")}</p>;
  const reasons = recordsOf(data);
  return (
    <section className={css["reasons"]} aria-label={t("flowReason.title")}>
      {hasTitle && <h3>{t("flowReason.title")}</h3>}
      {reasons.length === 0 && <p>{t("flowReason.none")}</p>}
      {reasons.map((reason, at) => (
        <Reason key={at} reason={reason} question={question} />
      ))}
    </section>
  );
}

function Reason({
  reason,
  question,
}: {
  reason: FlowRecord;
  question: FlowQuestion;
}): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const text = (name: string): string => String(reason[name] ?? "");
  const count = Number(reason["Tuples"] ?? 0);
  return (
    <article>
      <p lang="en">{text("Reason")}</p>
      <p className={css["small"]}>
        {t("flowReason.counted", { count, shown: number(count) })} ·{" "}
        {t(`flowValue.${text("FlowDirection")}`)} · {t(`flowValue.${text("FlowStatus")}`)}
        {text("AclRule") !== "" && ` · ${t("flowReason.rule", { rule: text("AclRule") })}`}
      </p>
      {text("ThreatList") !== "" && (
        <p className={css["threat"]}>
          {t("flowReason.threat", {
            list: text("ThreatList"),
            entry: text("ThreatEntry"),
            type: text("ThreatType"),
          })}
          <Since time={text("ThreatFirstSeen")} />
        </p>
      )}
      <p className={css["addresses"]}>
        {addressesOf(reason).map((address) => (
          <Link key={address} href={addressPath(address, question)}>
            {address}
          </Link>
        ))}
      </p>
      <Steps reason={reason} />
    </article>
  );
}

function Since({ time }: { time: string }): React.ReactNode {
  const { t } = useTranslation();
  const { moment } = useFormats();
  return time === "" ? null : ` ${t("flowReason.since", { time: moment(time) })}`;
}

/** The other side's, as the view lists them. */
function addressesOf(reason: FlowRecord): string[] {
  const listed: unknown = JSON.parse(String(reason["Addresses"] ?? "[]"));
  return Array.isArray(listed) ? listed.map(String) : [];
}

/** Each question that leads to a verdict on the reason's example, by the data of now. */
function Steps({ reason }: { reason: FlowRecord }): React.ReactNode {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const direction = reason["FlowDirection"] === "Inbound" ? "I" : "O";
  const words = [reason["SrcIp"], reason["DestIp"], reason["DestPort"], reason["L4Protocol"]];
  const { data, error } = useExplanation(
    isOpen ? `${words.join(" ")} ${direction}` : null,
    String(reason["TargetResourceId"] ?? ""),
  );
  const isOther = data?.verdict != null && data.verdict.flowType !== reason["FlowType"];
  return (
    <details
      className={css["numbers"]}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>{t("flowReason.steps")}</summary>
      {error && <p role="alert">{error.message}</p>}
      {isOther && (
        <p className={css["threat"]}>
          {t("flowReason.other", { type: data.verdict?.flowType ?? "" })}
        </p>
      )}
      <ol lang="en">
        {data?.steps.map(({ question, found }) => (
          <li key={question}>
            {question} <span>{found}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
