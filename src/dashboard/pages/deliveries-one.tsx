/** One delivery, with the body of its event. */
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import type { DeliveryDetail, EventDetail } from "../../admin/shapes/deliveries.ts";
import { useReading } from "../api/reading.ts";
import { StateBadge } from "../parts/badge.tsx";
import { Copy } from "../parts/copy.tsx";
import { Id } from "../parts/link.tsx";
import { Time } from "../parts/moment.tsx";
import { PageHead } from "../parts/page.tsx";
import { Read } from "../parts/problem.tsx";
import { DeliveryPanel } from "./deliveries-panel.tsx";

/** While it is open, so often it is looked at again. */
const OPEN_SECONDS = 3;

export function DeliveryPage() {
  const { params } = useRoute();
  const [open, setOpen] = useState(true);
  const reading = useReading<DeliveryDetail>(`deliveries/${encodeURIComponent(params["id"] ?? "")}`, {
    ...(open && { everySeconds: OPEN_SECONDS }),
  });
  const delivery = reading.value;
  const isOpen = delivery !== undefined && ["pending", "retrying", "held"].includes(delivery.state);
  if (delivery !== undefined && isOpen !== open) setOpen(isOpen);
  const event = useReading<EventDetail>(delivery && `events/${encodeURIComponent(delivery.event)}`);
  return (
    <>
      {reading.value === undefined && <PageHead title="Delivery" />}
      <Read of={reading} lines={12}>
        {(read) => (
          <>
            <PageHead
              title={`${read.route} → ${read.target}`}
              about={
                <span class="row">
                  <StateBadge state={read.state} />
                  <span>
                    {read.type === "" ? "an event" : read.type} from {read.source},{" "}
                    <Time at={read.receivedAt} />
                  </span>
                  <Id id={read.event} href={`/events/${read.event}`} />
                </span>
              }
            >
              <Copy text={read.id} what="Id copied">
                Copy id
              </Copy>
              <a class="button small" href={`/events/${read.event}`}>
                Whole event
              </a>
            </PageHead>
            <DeliveryPanel
              delivery={read}
              body={event.value?.body}
              waits={event.value === undefined && event.problem === undefined}
              changed={() => {
                setOpen(true);
                reading.again();
              }}
            />
          </>
        )}
      </Read>
    </>
  );
}
