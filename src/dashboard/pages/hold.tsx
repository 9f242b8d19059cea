/** One hold: what would be sent, why it waits, who has decided; approve, reject, edit. */
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import type { HoldDetail } from "../../admin/shapes/holds.ts";
import { useActing } from "../api/acting.ts";
import { call } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { DiffView } from "../diff-view.tsx";
import { Badge, StateBadge } from "../parts/badge.tsx";
import { Json } from "../parts/json.tsx";
import { Id } from "../parts/link.tsx";
import { bytes, Time } from "../parts/moment.tsx";
import { Facts, PageHead, Panel } from "../parts/page.tsx";
import { Read } from "../parts/problem.tsx";
import { may } from "../shell/session.ts";
import { DecideDialog, EditDialog } from "./hold-dialogs.tsx";

/** While it waits, so often it is looked at again. */
const WAITING_SECONDS = 3;

export function HoldPage() {
  const { params } = useRoute();
  const [waits, setWaits] = useState(true);
  const path = `holds/${encodeURIComponent(params["id"] ?? "")}`;
  const reading = useReading<HoldDetail>(path, { everySeconds: waits ? WAITING_SECONDS : 30 });
  const isWaiting = reading.value === undefined || reading.value.state === "waiting";
  if (isWaiting !== waits) setWaits(isWaiting);
  return (
    <>
      {reading.value === undefined && <PageHead title="Hold" />}
      <Read of={reading} lines={12}>
        {(hold) => <One hold={hold} path={path} changed={reading.again} />}
      </Read>
    </>
  );
}

type Asks = "approve" | "reject" | "edit";

function One(props: { readonly hold: HoldDetail; readonly path: string; readonly changed: () => void }) {
  const { hold, path, changed } = props;
  const acting = useActing();
  const [asks, setAsks] = useState<Asks | undefined>();
  const [opened, setOpened] = useState(hold);
  const ask = (what: Asks): void => {
    acting.forget();
    setOpened(hold);
    setAsks(what);
  };
  const decide = (what: Asks, body: object): Promise<unknown> =>
    call("POST", `${path}/${what}`, { body: { hash: opened.hash, ...body } }).finally(changed);
  const mayDecide = may("operate") && hold.refusal === undefined && hold.state === "waiting";
  const dialog = { hold: opened, acting, close: () => setAsks(undefined), decide };
  return (
    <>
      <PageHead
        title={`${hold.route} → ${hold.target}`}
        about={
          <span class="row">
            <StateBadge state={hold.state} />
            {hold.overdue === true && <Badge tone="warn">overdue</Badge>}
            <span>
              since <Time at={hold.createdAt} />
            </span>
            <Id id={hold.id} />
          </span>
        }
      >
        {mayDecide && (
          <>
            <button type="button" class="button danger" onClick={() => ask("reject")}>
              Reject…
            </button>
            {hold.result !== undefined && (
              <button type="button" class="button" onClick={() => ask("edit")}>
                Edit…
              </button>
            )}
            <button type="button" class="button primary" onClick={() => ask("approve")}>
              Approve…
            </button>
          </>
        )}
      </PageHead>
      {asks === "edit" && <EditDialog {...dialog} />}
      {(asks === "approve" || asks === "reject") && <DecideDialog {...dialog} what={asks} />}
      <div class="stack">
        {hold.refusal !== undefined && hold.state === "waiting" && (
          <div class="problem warning" role="note">
            <span>{hold.refusal}</span>
          </div>
        )}
        <Standing hold={hold} />
        {hold.show !== undefined && (
          <Panel title="What it is about">
            <Json value={hold.show} label="What it is about" />
          </Panel>
        )}
        <Panel title="What would be sent">
          <Request hold={hold} />
        </Panel>
        {hold.before !== undefined && (
          <Panel title="What was edited">
            <DiffView
              label="What was edited"
              before={hold.before.result}
              after={hold.result}
              titles={["As the rule made it", `As ${hold.edited?.by ?? "somebody"} edited it`]}
            />
          </Panel>
        )}
      </div>
    </>
  );
}

function Standing({ hold }: { readonly hold: HoldDetail }) {
  const { decided, ended, approvals, needed, reviewers, causedBy, edited } = hold;
  return (
    <Panel title="Why it waits">
      <Facts
        of={[
          ["Gate", hold.why],
          ["Delivery", <Id key="delivery" id={hold.delivery} href={`/deliveries/${hold.delivery}`} />],
          ["Event", <Id key="event" id={hold.event} href={`/events/${hold.event}`} />],
          ["Reviewers", reviewers === undefined ? "any operator" : reviewers.join(", ")],
          ["Caused by", causedBy.length > 0 && causedBy.join(", ")],
          ["Waits until", hold.expiresAt !== undefined && <Until key="until" hold={hold} />],
          [
            "Approvals",
            <span key="approvals">
              {approvals.length} of {needed}
              {approvals.map(({ by, at, reason }) => (
                <span key={by}>
                  , <b>{by}</b> <Time at={at} />
                  {reason !== undefined && `: ${reason}`}
                </span>
              ))}
            </span>,
          ],
          ["Edited by", edited && <By key="edited" vote={edited} />],
          ["Decided by", decided && <By key="decided" vote={decided} />],
          ["Ended", ended && `${ended.why}`],
          [
            "Replaced by",
            hold.replacedBy && <Id key="next" id={hold.replacedBy} href={`/holds/${hold.replacedBy}`} />,
          ],
          [
            "In place of",
            hold.replaces && <Id key="former" id={hold.replaces} href={`/holds/${hold.replaces}`} />,
          ],
        ]}
      />
    </Panel>
  );
}

const AFTERWARDS = { approve: "sent", reject: "given up", keep: "kept waiting, as overdue" } as const;

function Until({ hold: { expiresAt, onTimeout } }: { readonly hold: HoldDetail }) {
  return (
    <span>
      <Time at={expiresAt ?? ""} full />, then it is {AFTERWARDS[onTimeout]}
    </span>
  );
}

function By({ vote }: { readonly vote: NonNullable<HoldDetail["decided"]> }) {
  return (
    <span>
      <b>{vote.by}</b>, <Time at={vote.at} />
      {vote.reason !== undefined && `: ${vote.reason}`}
    </span>
  );
}

/** Everything of it is text. */
function Request({ hold: { request, result, hash } }: { readonly hold: HoldDetail }) {
  return (
    <div class="stack">
      <Facts
        of={[
          ["Request", <code key="request">{`${request.method} ${request.url}`}</code>],
          ...Object.entries(request.headers).map(
            ([name, value]) => [name, <code key={name}>{value}</code>] as const,
          ),
          ["Body", `${bytes(request.bytes)}`],
          ["Hash", <code key="hash">{hash.slice(0, 16)}</code>],
        ]}
      />
      {result === undefined ? (
        request.body !== undefined && <pre>{request.body}</pre>
      ) : (
        <Json value={result} label="Body that would be sent" />
      )}
    </div>
  );
}
