import { useTranslation } from "react-i18next";
import {
  refreshFeeds,
  refreshFeedsAction,
  type ThreatFeed,
  threatFeedsKey,
  useThreatFeeds,
} from "../../api/threat-feeds.ts";
import { ActButton } from "../../parts/act-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Ago, useNow } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import { useFormats } from "../../words/moments.ts";
import css from "./settings.module.css";

/** A list that was last fetched before this says little of today. */
const oldMilliseconds = 2 * 86_400_000;

/** Threat lists and service tags: how old, how large, and what went wrong. */
export function FeedsPart(): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const now = useNow();
  const mayRefresh = useAllowed(refreshFeedsAction);
  const { data: feeds = [], error } = useThreatFeeds();
  const isOld = ({ fetchedTime }: ThreatFeed): boolean =>
    fetchedTime !== null && Date.parse(fetchedTime) < now - oldMilliseconds;
  return (
    <Panel title={t("settings.feeds")}>
      {error && <Notice kind="bad" title={t("feeds.none")} text={error.message} />}
      {mayRefresh && feeds.length > 0 && (
        <div className={css["form"]}>
          <ActButton words={t("feeds.refresh")} act={refreshFeeds} changes={[threatFeedsKey]} />
        </div>
      )}
      <DataTable<ThreatFeed>
        label={t("settings.feeds")}
        rows={feeds}
        keyOf={({ name }) => name}
        columns={[
          {
            key: "name",
            title: t("column.name"),
            show: ({ name }) => name,
            sortBy: ({ name }) => name,
          },
          {
            key: "size",
            title: t("feeds.entries"),
            isNumber: true,
            show: ({ entryCount }) => (entryCount === null ? "–" : number(entryCount)),
            sortBy: ({ entryCount }) => entryCount ?? -1,
          },
          {
            key: "age",
            title: t("feeds.fetched"),
            show: (feed) => (
              <span className={isOld(feed) ? css["warn"] : undefined}>
                {feed.fetchedTime === null ? t("feeds.never") : <Ago time={feed.fetchedTime} />}
                {isOld(feed) && ` ${t("feeds.old")}`}
              </span>
            ),
            sortBy: ({ fetchedTime }) => fetchedTime ?? "",
          },
          {
            key: "error",
            title: t("feeds.error"),
            show: ({ error: problem }) =>
              problem === null ? "–" : <span className={css["bad"]}>{problem}</span>,
          },
        ]}
      />
      <p className={css["text"]}>{t("feeds.where")}</p>
    </Panel>
  );
}
