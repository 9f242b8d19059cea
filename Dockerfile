# syntax=docker/dockerfile:1
# Two stages: one that builds with the compiler, one that runs without it. Nothing needs an install script.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json vite.config.ts ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:22-slim
# For rules from git (SIGNALBOX_RULES).
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates git openssh-client \
    && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production \
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
