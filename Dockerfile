# syntax=docker/dockerfile:1
# Two stages: one that builds with the compiler, one that runs without it. Nothing needs an install script.
# The same commit, base and day give the same image, bit by bit: see docs/deploy.md, and the job `image` of the release.
ARG NODE_IMAGE=node:22-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json vite.config.ts ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
ARG NODE_IMAGE
# As 20261126T000000Z: Debian's packages as they were then, by its archive. Empty: as they are today.
ARG DEBIAN_SNAPSHOT=
LABEL org.opencontainers.image.base.name="${NODE_IMAGE}" org.debian.snapshot="${DEBIAN_SNAPSHOT}"
# For rules from git (SIGNALBOX_RULES). What the installers write down about themselves is different each time, and goes.
RUN if [ -n "${DEBIAN_SNAPSHOT}" ]; then \
      sed --in-place --regexp-extended \
        --expression "s#^URIs: https?://deb\.debian\.org/(debian|debian-security)/?\$#URIs: http://snapshot.debian.org/archive/\1/${DEBIAN_SNAPSHOT}/\nCheck-Valid-Until: no#" \
        /etc/apt/sources.list.d/debian.sources; \
    fi \
    && apt-get update && apt-get install --yes --no-install-recommends ca-certificates git openssh-client \
    && rm -rf /var/lib/apt/lists/* /var/cache/ldconfig/aux-cache /var/cache/debconf/*-old /var/lib/dpkg/*-old \
      /var/log/apt /var/log/dpkg.log /var/log/alternatives.log
# Room for what lives as long as an event is under way: the collector is called less often; and no more threads of its own than
# there are processors to spare (docs/performance.md).
ENV NODE_OPTIONS="--max-semi-space-size=32 --v8-pool-size=0" \
    NODE_ENV=production \
    SIGNALBOX_DIR=/workspace \
    SIGNALBOX_DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# The catalogue is data that is read at run time, from the same path as in a checkout.
COPY --from=build /app/src/providers/catalogue ./src/providers/catalogue
COPY --from=build /app/src/providers/samples ./src/providers/samples
COPY bin ./bin
# The shipped rules; mount your own folders over these.
COPY sources /workspace/sources
COPY routes /workspace/routes
COPY transforms /workspace/transforms
COPY targets /workspace/targets
COPY schemas /workspace/schemas
RUN mkdir /data && chown 1000:1000 /data
# node, by number: Kubernetes checks `runAsNonRoot` only against a number.
USER 1000:1000
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8081/readyz', { signal: AbortSignal.timeout(4000) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/signalbox.js"]
CMD ["start", "--json"]
