/** Route. */
import { PageHead } from "../parts/page.tsx";

export function RoutePage() {
  return <PageHead title="Route" />;
}
