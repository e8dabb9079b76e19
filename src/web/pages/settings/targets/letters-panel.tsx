import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import {
  type DeadLetter,
  deadLettersKey,
  dropLetters,
  dropLettersAction,
  readLettersAction,
  retryLetters,
  retryLettersAction,
  useDeadLetters,
} from "../../../api/dead-letters.ts";
import { ActButton } from "../../../parts/act-button.tsx";
import { DataTable } from "../../../parts/data-table.tsx";
import { Moment } from "../../../parts/moment.tsx";
import { Notice } from "../../../parts/notice.tsx";
import { Panel } from "../../../parts/panel.tsx";
import { Severity } from "../../../parts/severity.tsx";
import { useAllowed } from "../../../shell/session-context.ts";
import { useFormats } from "../../../words/moments.ts";
import css from "../settings.module.css";

/** A digest of several incidents has no page of its own. */
const digestPattern = /^digest-/;

/** Notifications that were given up: why, and another try. */
export function LettersPanel(): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const mayRead = useAllowed(readLettersAction);
  const { data: letters = [], error } = useDeadLetters(mayRead);
  const [retried, setRetried] = useState(0);
  if (!mayRead) return null;
  return (
    <Panel title={t("letters.title")} aside={letters.length > 1 && <ForAll tell={setRetried} />}>
      {error && <Notice kind="bad" title={t("letters.none")} text={error.message} />}
      <p role="status" className={css["told"]} hidden={retried === 0}>
        {retried > 0 && t("letters.retried", { count: retried })}
      </p>
      {letters.length === 0 && !error && <p className={css["empty"]}>{t("letters.empty")}</p>}
      {letters.length > 0 && (
        <DataTable<DeadLetter>
          label={t("letters.title")}
          rows={letters}
          keyOf={({ id }) => id}
          columns={[
            {
              key: "when",
              title: t("letters.when"),
              show: ({ diedTime }) => <Moment time={diedTime} />,
              sortBy: ({ diedTime }) => diedTime,
            },
            {
              key: "target",
              title: t("letters.target"),
              show: ({ target }) => target,
              sortBy: ({ target }) => target,
            },
            { key: "what", title: t("letters.what"), show: (letter) => <What letter={letter} /> },
            {
              key: "tries",
              title: t("letters.tries"),
              isNumber: true,
              show: ({ attemptCount }) => number(attemptCount),
              sortBy: ({ attemptCount }) => attemptCount,
            },
            {
              key: "why",
              title: t("storage.why"),
              show: ({ reason }) => (
                <span lang="en" className={css["reason"]}>
                  {reason ?? "–"}
                </span>
              ),
            },
            {
              key: "acts",
              title: t("settings.acts"),
              show: (letter) => <Acts letter={letter} tell={setRetried} />,
            },
          ]}
        />
      )}
    </Panel>
  );
}

function What({ letter }: { letter: DeadLetter }): React.ReactNode {
  const { incidentId, title, severity } = letter;
  return (
    <div className={css["what"]}>
      {digestPattern.test(incidentId) ? (
        title
      ) : (
        <Link href={`/incidents/${incidentId}`}>{title}</Link>
      )}
      <Severity value={severity} />
    </div>
  );
}

function Acts({
  letter: { id, title },
  tell,
}: {
  letter: DeadLetter;
  tell: (count: number) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const [mayRetry, mayDrop] = [useAllowed(retryLettersAction), useAllowed(dropLettersAction)];
  return (
    <div className={css["rowActs"]}>
      {mayRetry && (
        <ActButton
          words={t("letters.retry")}
          label={t("letters.retryOf", { title })}
          act={() => retryLetters([id])}
          changes={[deadLettersKey]}
          onDone={({ count }) => tell(count)}
        />
      )}
      {mayDrop && (
        <ActButton
          kind="danger"
          words={t("letters.drop")}
          label={t("letters.dropOf", { title })}
          question={{ title: t("letters.dropOf", { title }), text: t("letters.dropText") }}
          act={() => dropLetters(id)}
          changes={[deadLettersKey]}
        />
      )}
    </div>
  );
}

function ForAll({ tell }: { tell: (count: number) => void }): React.ReactNode {
  const { t } = useTranslation();
  const [mayRetry, mayDrop] = [useAllowed(retryLettersAction), useAllowed(dropLettersAction)];
  return (
    <div className={css["acts"]}>
      {mayRetry && (
        <ActButton
          words={t("letters.retryAll")}
          act={() => retryLetters(null)}
          changes={[deadLettersKey]}
          onDone={({ count }) => tell(count)}
        />
      )}
      {mayDrop && (
        <ActButton
          kind="danger"
          words={t("letters.dropAll")}
          question={{ title: t("letters.dropAll"), text: t("letters.dropText") }}
          act={() => dropLetters(null)}
          changes={[deadLettersKey]}
        />
      )}
    </div>
  );
}
