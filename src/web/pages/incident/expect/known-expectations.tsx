import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import {
  type Expectation,
  expectationsKey,
  readExpectationsAction,
  removeExpectation,
  removeExpectationAction,
  useExpectations,
} from "../../../api/expectations.ts";
import { Button } from "../../../parts/button.tsx";
import { Moment } from "../../../parts/moment.tsx";
import { useAllowed } from "../../../shell/session-context.ts";
import css from "../incident.module.css";
import type { IncidentThings } from "../incident-things.ts";

/** What is expected of this host and this rule already, each with a way to take it back. */
export function KnownExpectations({ things }: { things: IncidentThings }): React.ReactNode {
  const { t } = useTranslation();
  const mayRead = useAllowed(readExpectationsAction);
  const { data = [] } = useExpectations(mayRead);
  const known = data.filter((one) => isAbout(one, things));
  if (known.length === 0) return null;
  return (
    <section>
      <h3>{t("expect.known")}</h3>
      <ul className={css["known"]}>
        {known.map((one) => (
          <KnownRow key={one.id} expectation={one} />
        ))}
      </ul>
    </section>
  );
}

function KnownRow({ expectation }: { expectation: Expectation }): React.ReactNode {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const mayRemove = useAllowed(removeExpectationAction);
  const remove = useMutation({
    mutationFn: removeExpectation,
    onSettled: () => queries.invalidateQueries({ queryKey: expectationsKey }),
  });
  const { id, destination, port, process, reason, createdBy, expiresTime } = expectation;
  const what = [destination, port, process].filter(Boolean).join(" · ");
  return (
    <li>
      <span>
        <b>{what}</b> {reason}
        <small className={css["small"]}>
          <span>{createdBy}</span>
          <span>
            {t("incident.ends")} <Moment time={expiresTime} />
          </span>
        </small>
      </span>
      {mayRemove && (
        <Button
          isBusy={remove.isPending}
          aria-label={t("expect.removeOf", { what })}
          onClick={() => remove.mutate(id)}
        >
          {t("expect.remove")}
        </Button>
      )}
    </li>
  );
}

function isAbout({ rule, host }: Expectation, { incident }: IncidentThings): boolean {
  const isHost = host === null || host.toLowerCase() === incident.resourceId.toLowerCase();
  return isHost && (rule === null || incident.alerts.some((alert) => alert.rule === rule));
}
