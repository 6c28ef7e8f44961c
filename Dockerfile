# The command thingrelay. Without arguments the container runs everything: docs/local.md.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /thingrelay
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/thingrelay/target \
    cargo build --release --locked --package thingrelay-cli \
    && mkdir /data \
    && cp target/release/thingrelay /usr/local/bin/

# The C library, the certificates of the public authorities and a user who is not root; no shell.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /usr/local/bin/thingrelay /usr/local/bin/
COPY --from=build --chown=nonroot:nonroot /data /data
VOLUME /data
EXPOSE 9001
ENTRYPOINT ["thingrelay"]
CMD ["dev", "--listen", "0.0.0.0:9001", "--data", "/data"]
