/** The signed text of AWS SNS: names and values in a fixed order for each type. docs.aws.amazon.com, "Verifying the signatures of Amazon SNS messages". */
import { readPath } from "../locate.ts";
import type { Opened } from "../locate.ts";

const NOTIFICATION = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
// An unsubscribe confirmation is signed with its token too, which some libraries leave out.
const CONFIRMATION = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

/** The text, or undefined where the body is none of SNS's three. `Subject` alone may be missing. */
export function snsText(opened: Opened): string | undefined {
  const body = opened.json();
  const type = readPath(body, "Type");
  const names =
    type === "Notification"
      ? NOTIFICATION
      : type === "SubscriptionConfirmation" || type === "UnsubscribeConfirmation"
        ? CONFIRMATION
        : [];
  let text = "";
  for (const name of names) {
    const value = readPath(body, name);
    if (typeof value === "string") text += `${name}\n${value}\n`;
    else if (name !== "Subject" || value !== undefined) return undefined;
  }
  return text === "" ? undefined : text;
}
