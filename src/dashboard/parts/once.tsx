/** A secret that is shown once: to be copied now. */
import { Copy } from "./copy.tsx";
import { Said } from "./said.tsx";

export function Once({
  what,
  secret,
  about,
}: {
  readonly what: string;
  readonly secret: string;
  readonly about: string;
}) {
  return (
    <div class="problem note" role="status">
      <strong>{what}, shown once</strong>
      <span>
        <Said text={about} />
      </span>
      <pre class="codebox wrap" tabIndex={0} role="region" aria-label={what} data-test="secret">
        {secret}
      </pre>
      <span class="row">
        <Copy text={secret} what={`${what} copied`} />
      </span>
    </div>
  );
}
