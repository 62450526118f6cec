# The binary alone, in an image that has nothing to do but run it. Postgres is a service of its own: see compose.yaml.
# For builds that come out the same next year, pin both bases by digest (docker buildx imagetools inspect IMAGE).
FROM rust:1.95-slim-bookworm AS build
WORKDIR /bluelamp
# Dependencies first: a layer that lasts until Cargo.lock changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir src && echo 'fn main() {}' >src/main.rs && touch src/lib.rs \
    && cargo build --release --locked --bin bluelamp && rm -rf src
COPY . .
RUN touch src/main.rs src/lib.rs && SQLX_OFFLINE=true cargo build --release --locked --bin bluelamp

FROM debian:bookworm-slim
# The authorities that a mail server's certificate is checked against.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/bluelamp --create-home bluelamp \
    && install --directory --owner=bluelamp --mode=0700 /var/lib/bluelamp /var/lib/bluelamp-keys
COPY --from=build /bluelamp/target/release/bluelamp /usr/local/bin/bluelamp
USER 10001
ENV DATA_DIR=/var/lib/bluelamp PUBLIC_ADDRESS=0.0.0.0:8000 STAFF_ADDRESS=0.0.0.0:8001 \
    KEYS_FILE=/var/lib/bluelamp-keys/keys.toml
VOLUME /var/lib/bluelamp /var/lib/bluelamp-keys
EXPOSE 8000 8001
# A node that serves the staff site alone: docker run --health-cmd "bluelamp health --staff-only".
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 CMD ["bluelamp", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["bluelamp"]
CMD ["serve"]
