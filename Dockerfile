# The binary alone, in an image that has nothing to do but run it. Postgres is a service of its own: see compose.yaml.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /bluelamp
COPY . .
RUN cargo build --release --locked --bin bluelamp

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/bluelamp --create-home bluelamp \
    && install --directory --owner=bluelamp --mode=0700 /var/lib/bluelamp-keys
COPY --from=build /bluelamp/target/release/bluelamp /usr/local/bin/bluelamp
USER bluelamp
ENV DATA_DIR=/var/lib/bluelamp PUBLIC_ADDRESS=0.0.0.0:8000 STAFF_ADDRESS=0.0.0.0:8001 \
    KEYS_FILE=/var/lib/bluelamp-keys/keys.toml
VOLUME /var/lib/bluelamp /var/lib/bluelamp-keys
EXPOSE 8000 8001
ENTRYPOINT ["bluelamp"]
CMD ["serve"]
