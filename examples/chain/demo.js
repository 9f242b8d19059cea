/** A ticket becomes a work item, that a status on a tracking API, and that a push to a phone. `npm run demo:chain` */
import { play } from "../stage.js";

await play(import.meta.url, {
  apis: {
    // The tracker numbers its items.
    TRACKER_API: () => ({ status: 201, body: { key: "SHOP-7", url: "https://tracker.example/SHOP-7" } }),
    // The tracking API answers with the status as it stands, and until when.
    TRACKING_API: ({ body }) => ({ status: 200, body: { ...body, due: "2026-03-04" } }),
    PHONE_API: () => ({ status: 200, body: { id: "sPs71M8A2T" } }),
  },
  async run({ zendesk, arrivals }) {
    await zendesk({
      id: "5158",
      subject: "Error 500",
      description: "No order goes through.",
      requester_id: "8447",
    });
    await arrivals("PHONE_API", 1);
  },
});
