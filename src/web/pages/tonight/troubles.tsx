import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Trouble } from "../../api/troubles.ts";
import { Ago } from "../../parts/moment.tsx";
import css from "./tonight.module.css";

/** More are behind a press. */
const shownCountMax = 8;

/** What is wrong with Nightcap itself, the worst first. */
export function Troubles({ troubles }: { troubles: readonly Trouble[] }): React.ReactNode {
  const { t } = useTranslation();
  if (troubles.length === 0) return <p className={css["empty"]}>{t("trouble.none")}</p>;
  const hidden = troubles.slice(shownCountMax);
  return (
    <>
      <TroubleList troubles={troubles.slice(0, shownCountMax)} />
      {hidden.length > 0 && (
        <details className={css["more"]}>
          <summary>{t("trouble.more", { count: hidden.length })}</summary>
          <TroubleList troubles={hidden} />
        </details>
      )}
    </>
  );
}

const TroubleList = ({ troubles }: { troubles: readonly Trouble[] }): React.ReactNode => (
  <ul>
    {troubles.map((trouble, at) => (
      <li key={at} className={css["trouble"]} data-severity={trouble.severity}>
        <TroubleLine trouble={trouble} />
      </li>
    ))}
  </ul>
);

function TroubleLine({ trouble }: { trouble: Trouble }): React.ReactNode {
  const { t } = useTranslation();
  const { kind, subject, count, detail, since, page } = trouble;
  const words = t(`trouble.${kind}`, { subject: subject ?? "", count });
  return (
    <>
      <strong>{page === null ? words : <Link href={page}>{words}</Link>}</strong>
      {detail !== null && <span lang="en">{detail}</span>}
      {since !== null && (
        <span>
          <Ago time={since} />
        </span>
      )}
    </>
  );
}
