# Two images from one build, by --target: `app` (workers, jobs, provider, tool) and `nginx`. The
# bases can be replaced by local ones: --build-arg BASE=... --build-arg NGINX_BASE=...
ARG BASE=debian:bookworm-slim
ARG NGINX_BASE=nginx:stable-bookworm

FROM ${BASE} AS build
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        gcc libc6-dev make autoconf automake autoconf-archive pkg-config libfcgi-dev \
        default-libmysqlclient-dev libhiredis-dev libjson-c-dev libjwt-dev libssl-dev \
        libcrypt-dev libcurl4-openssl-dev libsqlite3-dev libzstd-dev libqrencode-dev \
        librabbitmq-dev librdkafka-dev libcunit1-dev && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY configure.ac Makefile.am sources.am ./
COPY lib lib
COPY app app
COPY sql sql
COPY nginx nginx
COPY scripts/install scripts/install
COPY scripts/lib scripts/lib
RUN autoreconf -i && mkdir /build && cd /build && \
    /src/configure --prefix=/usr --sysconfdir=/etc --localstatedir=/var --libexecdir=/usr/lib \
        --with-state=/var/lib/souk && \
    make -j"$(nproc)" && make install-strip DESTDIR=/out

# --- everything but nginx ---
FROM ${BASE} AS app
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        libfcgi0ldbl libmariadb3 libhiredis0.14 libjson-c5 libjwt0 libssl3 libcrypt1 libcurl4 \
        libsqlite3-0 libzstd1 libqrencode4 librabbitmq4 librdkafka1 mariadb-client \
        spawn-fcgi multiwatch ca-certificates && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*.log /var/log/apt
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/souk --no-create-home souk && \
    install -d -o souk -g souk -m 750 /var/lib/souk /run/souk /run/souk/pool /secrets
COPY --from=build /out/usr/bin/souk /usr/bin/souk
COPY --from=build /out/usr/lib/souk /usr/lib/souk
COPY --from=build /out/usr/share/souk /usr/share/souk
COPY scripts/docker/souk-part /usr/bin/
USER 10001:10001
HEALTHCHECK --interval=2s --timeout=5s --start-period=30s --retries=15 CMD ["/usr/bin/souk-part", "health"]
ENTRYPOINT ["/usr/bin/souk-part"]
CMD ["workers"]

# --- nginx with the shop's configuration and static files ---
FROM ${NGINX_BASE} AS nginx
COPY --from=build /out/usr/share/souk /usr/share/souk
COPY scripts/docker/souk-nginx /usr/lib/souk/
RUN mkdir -p /var/lib/souk && chown 10001:10001 /var/lib/souk
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=2s --timeout=3s --start-period=30s --retries=15 \
    CMD curl -sf -o /dev/null http://127.0.0.1:8080/readyz
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/lib/souk/souk-nginx"]
