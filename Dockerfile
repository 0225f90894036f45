# presync in one image: web, worker or both (`serve`, `work`). The release fills in the digests; see docs/decisions/0003-image.md.
ARG GO_IMAGE=golang:1.27.4-bookworm
ARG NODE_IMAGE=node:26.13.0-bookworm-slim

FROM ${GO_IMAGE} AS engine
WORKDIR /src/engine
COPY engine/go.mod engine/go.sum ./
RUN go mod download
COPY engine/ ./
RUN CGO_ENABLED=0 GOFLAGS=-mod=readonly go build -trimpath -buildvcs=false -ldflags='-s -w' -o /out/presync-engine .

FROM ${NODE_IMAGE} AS app
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --loglevel=error --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src/ src/
COPY workers/ workers/
RUN npm run build && npm ci --omit=dev --omit=optional --loglevel=error --no-audit --no-fund

FROM ${NODE_IMAGE}
# A pinned Debian package is gone from the mirrors with its next fix; the digest of the base image pins the release.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends git ca-certificates \
  && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* \
  && groupadd --gid 10001 presync && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin presync \
  && install -d -o 10001 -g 10001 /var/lib/presync
WORKDIR /app
COPY --from=app /src/package.json ./
COPY --from=app /src/node_modules node_modules
COPY --from=app /src/dist dist
COPY --from=engine /out/presync-engine engine/bin/presync-engine
ENV NODE_ENV=production PRESYNC_STATE_DIR=/var/lib/presync PORT=3000
USER 10001:10001
EXPOSE 3000
ENTRYPOINT ["node", "dist/src/main.js"]
CMD ["serve"]
