/** One replay: how far it is; pause, resume and cancel. */
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import type { Replay } from "../../admin/shapes/replays.ts";
import { useActing } from "../api/acting.ts";
import { call, searchOf } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { StateBadge } from "../parts/badge.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Id } from "../parts/link.tsx";
import { grouped, span, Time } from "../parts/moment.tsx";
import { Facts, Figures, PageHead, Panel } from "../parts/page.tsx";
import { ProblemBox, Read } from "../parts/problem.tsx";
import { may } from "../shell/session.ts";
import { discards, filterText, Progress } from "./replays.tsx";

export function ReplayPage() {
  const { params } = useRoute();
  const [going, setGoing] = useState(true);
  const path = `replays/${encodeURIComponent(params["id"] ?? "")}`;
  const reading = useReading<Replay>(path, { everySeconds: going ? 1.5 : 15 });
  const state = reading.value?.state;
  const goes = state === undefined || state === "running";
  if (goes !== going) setGoing(goes);
  return (
    <>
      {reading.value === undefined && <PageHead title="Replay" />}
      <Read of={reading} lines={8}>
        {(replay) => <One replay={replay} path={path} changed={reading.again} />}
      </Read>
    </>
  );
}

function One({
  replay,
  path,
  changed,
}: {
  readonly replay: Replay;
  readonly path: string;
  readonly changed: () => void;
}) {
  const { state, total, replayed, skipped, secondsLeft, ratePerSecond, error } = replay;
  const acting = useActing();
  const [cancels, setCancels] = useState(false);
  const wish = async (what: "pause" | "resume" | "cancel"): Promise<boolean> => {
    const went = await acting.act(() => call("POST", `${path}/${what}`, { body: {} }));
    changed();
    return went;
  };
  const open = state === "running" || state === "paused";
  return (
    <>
      <PageHead
        title={replay.reason}
        about={
          <span class="row">
            <StateBadge state={state} /> by {replay.by}, <Time at={replay.createdAt} />
            <Id id={replay.id} />
          </span>
        }
      >
        {may("operate") && open && (
          <>
            <button type="button" class="button danger" onClick={() => setCancels(true)}>
              Cancel…
            </button>
            {state === "running" ? (
              <button type="button" class="button" disabled={acting.busy} onClick={() => void wish("pause")}>
                Pause
              </button>
            ) : (
              <button
                type="button"
                class="button primary"
                disabled={acting.busy}
                onClick={() => void wish("resume")}
              >
                Resume
              </button>
            )}
          </>
        )}
      </PageHead>
      {cancels && (
        <Dialog title="Cancel this replay" close={() => setCancels(false)}>
          <p>
            {grouped(total - replayed - skipped)} are left as they are; the {grouped(replayed)} that had their
            turn stay so. It cannot be taken up again.
          </p>
          <div class="actions">
            <button type="button" class="button" onClick={() => setCancels(false)}>
              Keep it
            </button>
            <button
              type="button"
              class="button danger"
              disabled={acting.busy}
              onClick={async () => {
                if (await wish("cancel")) setCancels(false);
              }}
            >
              Cancel the replay
            </button>
          </div>
          {acting.problem && <ProblemBox problem={acting.problem} />}
        </Dialog>
      )}
      <div class="stack">
        {acting.problem && !cancels && <ProblemBox problem={acting.problem} />}
        {error !== undefined && (
          <div class="problem" role="alert">
            <strong>It failed</strong>
            <span>{error}</span>
          </div>
        )}
        <Panel title="Progress">
          <Progress replay={replay} />
        </Panel>
        <Figures
          of={[
            {
              name: discards(replay) ? "Discarded" : "Sent again",
              value: grouped(replayed),
              below: `of ${grouped(total)}`,
            },
            { name: "Skipped", value: grouped(skipped), below: "being attempted at that moment, or gone" },
            { name: "Rate", value: grouped(ratePerSecond), below: "a second at most" },
            {
              name: open ? "Time left" : "Took",
              value: open
                ? secondsLeft === undefined || state === "paused"
                  ? "–"
                  : span(secondsLeft)
                : replay.finishedAt === undefined
                  ? "–"
                  : span((Date.parse(replay.finishedAt) - Date.parse(replay.createdAt)) / 1000),
            },
          ]}
        />
        <Panel title="What it takes">
          <Facts
            of={[
              ["Filter", filterText(replay.filter)],
              ["Begun", <Time key="begun" at={replay.createdAt} full />],
              ["Ended", replay.finishedAt !== undefined && <Time key="ended" at={replay.finishedAt} full />],
              [
                "Deliveries",
                <a key="list" href={`/deliveries${searchOf(withoutState(replay))}`}>
                  those of the filter, as they are now
                </a>,
              ],
            ]}
          />
        </Panel>
      </div>
    </>
  );
}

/** The state was that before the replay; now they are in others. */
function withoutState({ filter }: Replay) {
  return Object.fromEntries(Object.entries(filter).filter(([name]) => name !== "state"));
}
