/** Target. */
import { PageHead } from "../parts/page.tsx";

export function TargetPage() {
  return <PageHead title="Target" />;
}
